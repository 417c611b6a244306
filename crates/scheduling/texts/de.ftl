# Was Besucherinnen und Besucher lesen, auf Deutsch.

wrong-missing = Bitte ausfüllen.
wrong-too-long = Das ist zu lang: { $length } Zeichen; höchstens { $most } passen hinein. Bitte kürzen.
wrong-control-characters = Zeilenumbrüche und Steuerzeichen sind hier nicht möglich.
wrong-email = Das ist keine E-Mail-Adresse. Schreiben Sie sie wie ada@bibliothek.example.
wrong-phone = Das ist keine Telefonnummer. Schreiben Sie sie wie +49 30 123456.
wrong-phone-missing = Wir rufen Sie an, deshalb brauchen wir Ihre Nummer.
wrong-zone = Diese Zeitzone ist nicht bekannt. Bitte wählen Sie eine aus der Liste.
wrong-not-an-option = Bitte wählen Sie eine der Möglichkeiten.
wrong-place = So wird der Termin nicht oder nicht mehr angeboten. Bitte sehen Sie nach, was jetzt angeboten wird.
wrong-duration = Diese Dauer wird nicht angeboten. Bitte wählen Sie eine andere.

refused-fields = Einige Felder brauchen noch einen Blick; was zu schreiben ist, steht jeweils daneben.
refused-taken = Diese Zeit ist nicht mehr frei. Bitte wählen Sie eine andere; Ihre Angaben bleiben erhalten.
refused-closed = Das kann zurzeit nicht gebucht werden.
refused-too-late = Online lässt sich das nicht mehr ändern: Das war bis { $unit ->
        [hours] { $count ->
            [one] 1 Stunde
           *[other] { $count } Stunden
        }
       *[minutes] { $count ->
            [one] 1 Minute
           *[other] { $count } Minuten
        }
    } vor Beginn möglich. Bitte wenden Sie sich an Ihre Ansprechperson.
refused-already-cancelled = Dieser Termin wurde schon abgesagt; es ist nichts mehr zu tun.
refused-past = Dieser Termin ist vorbei.
refused-key-reused = Das wurde schon einmal mit anderen Angaben gesendet und so gebucht. Für einen weiteren Termin fangen Sie bitte neu an.

mail-place-webex = Online, mit Webex
mail-place-teams = Online, mit Microsoft Teams
mail-place-phone = Am Telefon: { $host } ruft { $number } an
mail-link-follows = Der Link zum Treffen ist noch nicht da. Er folgt in einer weiteren Mail.
mail-meeting-number = Meeting-Nummer: { $value }
mail-password = Passwort: { $value }
mail-dial-in = Per Telefon: { $value }
mail-access-code = Zugangscode: { $value }
mail-phone-password = Passwort in Ziffern: { $value }
mail-video-address = Videosysteme: { $value }
mail-weekday = { $number ->
        [1] Montag
        [2] Dienstag
        [3] Mittwoch
        [4] Donnerstag
        [5] Freitag
        [6] Samstag
       *[7] Sonntag
    }
mail-month = { $number ->
        [1] Januar
        [2] Februar
        [3] März
        [4] April
        [5] Mai
        [6] Juni
        [7] Juli
        [8] August
        [9] September
        [10] Oktober
        [11] November
       *[12] Dezember
    }
