# What visitors read, in English. Every text is in every language file; names are those of the page or mail they stand on.

wrong-missing = Please fill this in.
wrong-too-long = This is too long: { $length } characters; at most { $most } fit. Please shorten it.
wrong-control-characters = Line breaks and control characters are not possible here.
wrong-email = This is not an e-mail address. Write it like ada@library.example.
wrong-phone = This is not a phone number. Write it like +49 30 123456.
wrong-phone-missing = We call you, so your number is needed.
wrong-zone = This time zone is not known. Choose one from the list.
wrong-not-an-option = Please choose one of the options.
wrong-place = This way to meet is not offered, or no longer. Please look at what is offered now.
wrong-duration = This length is not on offer. Please choose another one.

refused-fields = Some fields need another look; what to write is said next to each of them.
refused-taken = This time is no longer free. Please choose another one; what you typed is kept.
refused-closed = This cannot be booked at the moment.
refused-too-late = It is too late to change this online: it was possible until { $unit ->
        [hours] { $count ->
            [one] 1 hour
           *[other] { $count } hours
        }
       *[minutes] { $count ->
            [one] 1 minute
           *[other] { $count } minutes
        }
    } before the start. Please get in touch with your host.
refused-already-cancelled = This appointment was cancelled before; nothing is left to do.
refused-past = This appointment is over.
refused-key-reused = This was sent before with other details, and that request was booked. Start anew to book another time.

mail-place-webex = Online, by Webex
mail-place-teams = Online, by Microsoft Teams
mail-place-phone = By phone: { $host } calls { $number }
mail-link-follows = The link to the meeting is not there yet. It follows in another mail.
mail-meeting-number = Meeting number: { $value }
mail-password = Password: { $value }
mail-dial-in = By telephone: { $value }
mail-access-code = Access code: { $value }
mail-phone-password = Password in digits: { $value }
mail-video-address = Video systems: { $value }
mail-weekday = { $number ->
        [1] Monday
        [2] Tuesday
        [3] Wednesday
        [4] Thursday
        [5] Friday
        [6] Saturday
       *[7] Sunday
    }
mail-month = { $number ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    }
