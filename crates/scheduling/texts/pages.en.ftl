# The visitors' pages, in English.

date-day = { $weekday }, { $day } { $month } { $year }
date-length = { $unit ->
        [hours] { $count ->
            [one] 1 hour
           *[other] { $count } hours
        }
       *[minutes] { $count ->
            [one] 1 minute
           *[other] { $count } minutes
        }
    }

page-skip = Skip to content
page-languages = Language
page-all-types = All appointments
page-not-found = There is nothing here
page-not-found-next = The address is not complete, or what was here has been removed. Look at the link again, or ask whoever gave it to you.
page-too-many = That was a lot at once
page-too-many-next = Too many requests came from your network. Nothing was changed. Try again after { $time } ({ $zone }).
page-away = Not available at the moment
page-away-next = The server cannot do this right now. Nothing was changed. Try again in a minute.
page-unreadable = This could not be read
page-unreadable-next = The form did not arrive as it should. Go back, load the page again and send it once more.

place-in-person = In person
place-webex = Online with Webex
place-teams = Online with Microsoft Teams
place-phone = By phone

types-title = Book an appointment
types-lead = What would you like to meet { $organization } for?
types-none = Nothing can be booked here at the moment. Please look again later.

type-with = with { $hosts }
type-lengths = Length
type-closed = This cannot be booked at the moment. Please look again later.

calendar-caption = Days with free times
calendar-previous = Previous month
calendar-next = Next month
calendar-day = { $count ->
        [0] { $day }, no free times
        [one] { $day }, 1 free time
       *[other] { $day }, { $count } free times
    }
calendar-no-times = No free times
calendar-nothing-free = There are no free times at the moment. Please look again later.
calendar-empty-month = Nothing is free in { $month }.
calendar-next-free = There are free times on
calendar-day-empty = Nothing is free on this day. Please choose another day.
calendar-stale = Not all calendars can be read at the moment. More times may be free later.
calendar-zone = Times are in { $zone }
calendar-change-zone = Change time zone
calendar-zones = Time zone
calendar-show-zone = Show times
calendar-taken = This time is not free, or no longer. Please choose another one.
calendar-wrong-day = The day of this link cannot be booked. Please choose one of the days below.
calendar-wrong-zone = The time zone of this link is not known. Times are shown in { $zone }; you can change that below.
calendar-hold-over = The time you had chosen is not held for you any more. Please choose a time again.

details-title = Your details
details-chosen = Your appointment
details-held-until = This time is held for you until { $time }.
details-no-longer-held = This time is no longer held for you. You can still book it if nobody else does first.
details-minute-left = Less than a minute left
details-minutes-left = { $count } minutes left
details-another-time = Choose another time
details-name = Your name
details-email = Your e-mail address
details-phone = Your phone number
details-phone-call = We call you at this number.
details-phone-only-for-calls = Needed only if you choose to meet by phone.
details-place = How we meet
details-online-hint = You get a link to join.
details-phone-hint = We call you.
details-optional = optional
details-choose = Please choose
details-trap-label = Leave this empty
details-trap = A field that people do not see was filled in, so this looked like spam and was not booked. The field is empty again: please send the form once more.
details-book = Book appointment
details-see-others = See free times nearby
details-others = Free times nearby
details-others-lead = Press one to book it with what you typed.
details-others-none = There is nothing free nearby. Choose another time above.
details-taken-nothing-near = This time is no longer free, and nothing nearby is. Please choose another time.
details-booked-before = You have booked with this form before. To book another appointment, start again from the calendar.

booked-title = You have an appointment
booked-cancelled-title = This appointment is cancelled
booked-past-title = This appointment is over
booked-at-once = It is booked. Keep this page’s address: here you can move or cancel the appointment.
booked-moved = It was moved to { $when }. Keep this page’s address: here you can move or cancel the appointment.
booked-when = When
booked-where = How we meet
booked-phone = We call you at
booked-with = With
booked-you = Booked for
booked-answers = Your answers
booked-join = Join the meeting
booked-join-by = Link
booked-link-follows = The link to the meeting follows here.
booked-link-follows-late = The link to the meeting is not there yet; it is tried again by itself. It follows by mail and on this page. Your appointment is certain all the same.
booked-link-manual = The link to the meeting could not be made. Your host knows and gets in touch; your appointment is certain all the same.
booked-number = Meeting number
booked-password = Password
booked-access-code = Access code for phones
booked-phone-password = Password in digits, for phones and video systems
booked-dial = By phone
booked-sip = For video systems
booked-add = Add to your calendar
booked-file = File for other calendars
booked-move = Choose another time
booked-cancel = Cancel appointment
booked-too-late = It is too late to move or cancel this online. Please get in touch with your host.
booked-too-late-mail = It is too late to move or cancel this online. Please write to { $email }.
booked-cutoff = You can move or cancel it here until { $time }.
booked-again = Book another appointment
booked-cancelled-text = The time is free again, and everybody involved is told.
booked-cancelled-by-host = Your host cancelled it.
booked-reason = Reason
booked-was = It was planned for

step-meeting-waiting = The meeting link is being made
step-meeting-done = The meeting link is ready
step-update-waiting = The meeting is being updated
step-update-late = Updating the meeting takes longer than usual; it is tried again by itself
step-update-failed = The meeting could not be updated; your host knows
step-calendar-waiting = Your host’s calendar is being updated
step-calendar-late = Your host’s calendar takes longer than usual
step-calendar-done = It is in your host’s calendar
step-calendar-failed = It is not in your host’s calendar yet; your host knows
step-mail-waiting = A mail to { $email } is being written
step-mail-late = The mail to { $email } takes longer than usual
step-mail-done = A mail to { $email } is on its way
step-mail-failed = The mail to { $email } could not be sent. Keep the address of this page

move-title = Choose another time
move-now = Now it is planned for
move-lead = Host and meeting link stay the same.
move-lead-host = The host stays the same.
move-sure-title = Move this appointment?
move-old = Old time
move-new = New time
move-yes = Move appointment
move-too-often = This appointment was moved very often since yesterday, so it stays as it is for now. You can move it again tomorrow, or write to your host.
move-keep = Keep the time as it is

cancel-title = Cancel this appointment?
cancel-lead = The time becomes free for others, and your host is told.
cancel-reason = Reason
cancel-yes = Cancel appointment
cancel-no = Keep appointment
