# Die Seiten für Besucherinnen und Besucher, auf Deutsch.

date-day = { $weekday }, { $day }. { $month } { $year }
date-length = { $unit ->
        [hours] { $count ->
            [one] 1 Stunde
           *[other] { $count } Stunden
        }
       *[minutes] { $count ->
            [one] 1 Minute
           *[other] { $count } Minuten
        }
    }

page-skip = Zum Inhalt springen
page-languages = Sprache
page-all-types = Alle Termine
page-not-found = Hier ist nichts
page-not-found-next = Die Adresse ist nicht vollständig, oder was hier war, wurde entfernt. Prüfen Sie den Link noch einmal, oder fragen Sie nach, von wem Sie ihn haben.
page-too-many = Das war viel auf einmal
page-too-many-next = Aus Ihrem Netz kamen zu viele Anfragen. Es wurde nichts geändert. Versuchen Sie es nach { $time } Uhr ({ $zone }) wieder.
page-away = Zurzeit nicht erreichbar
page-away-next = Der Server kann das gerade nicht erledigen. Es wurde nichts geändert. Versuchen Sie es in einer Minute wieder.
page-unreadable = Das konnte nicht gelesen werden
page-unreadable-next = Das Formular kam nicht an, wie es sollte. Gehen Sie zurück, laden Sie die Seite neu und senden Sie es noch einmal.

place-in-person = Vor Ort
place-webex = Online mit Webex
place-teams = Online mit Microsoft Teams
place-phone = Telefonisch

types-title = Termin buchen
types-lead = Wofür möchten Sie einen Termin mit { $organization }?
types-none = Hier kann zurzeit nichts gebucht werden. Bitte schauen Sie später wieder vorbei.

type-with = mit { $hosts }
type-lengths = Dauer
type-closed = Das kann zurzeit nicht gebucht werden. Bitte schauen Sie später wieder vorbei.

calendar-caption = Tage mit freien Zeiten
calendar-previous = Voriger Monat
calendar-next = Nächster Monat
calendar-day = { $count ->
        [0] { $day }, keine freien Zeiten
        [one] { $day }, 1 freie Zeit
       *[other] { $day }, { $count } freie Zeiten
    }
calendar-no-times = Keine freien Zeiten
calendar-nothing-free = Zurzeit ist nichts frei. Bitte schauen Sie später wieder vorbei.
calendar-empty-month = Im { $month } ist nichts frei.
calendar-next-free = Freie Zeiten gibt es am
calendar-day-empty = An diesem Tag ist nichts frei. Bitte wählen Sie einen anderen Tag.
calendar-stale = Zurzeit sind nicht alle Kalender lesbar. Später können mehr Zeiten frei sein.
calendar-zone = Zeiten gelten für { $zone }
calendar-change-zone = Zeitzone ändern
calendar-zones = Zeitzone
calendar-show-zone = Zeiten anzeigen
calendar-taken = Diese Zeit ist nicht oder nicht mehr frei. Bitte wählen Sie eine andere.
calendar-wrong-day = Der Tag in diesem Link kann nicht gebucht werden. Bitte wählen Sie unten einen anderen Tag.
calendar-wrong-zone = Die Zeitzone in diesem Link ist nicht bekannt. Die Zeiten gelten für { $zone }; das können Sie unten ändern.
calendar-hold-over = Die gewählte Zeit ist nicht mehr für Sie reserviert. Bitte wählen Sie noch einmal eine Zeit.

details-title = Ihre Angaben
details-chosen = Ihr Termin
details-held-until = Diese Zeit ist bis { $time } Uhr für Sie reserviert.
details-no-longer-held = Diese Zeit ist nicht mehr für Sie reserviert. Sie können sie noch buchen, wenn niemand schneller ist.
details-minute-left = Noch weniger als eine Minute
details-minutes-left = Noch { $count } Minuten
details-another-time = Andere Zeit wählen
details-name = Ihr Name
details-email = Ihre E-Mail-Adresse
details-phone = Ihre Telefonnummer
details-phone-call = Unter dieser Nummer rufen wir Sie an.
details-phone-only-for-calls = Nur nötig, wenn Sie ein Telefongespräch wählen.
details-place = Wie wir uns treffen
details-online-hint = Sie erhalten einen Link zur Teilnahme.
details-phone-hint = Wir rufen Sie an.
details-optional = freiwillig
details-choose = Bitte wählen
details-trap-label = Bitte leer lassen
details-trap = Ein Feld, das Menschen nicht sehen, war ausgefüllt; das sah nach Spam aus und wurde nicht gebucht. Das Feld ist wieder leer: Bitte senden Sie das Formular noch einmal.
details-book = Termin buchen
details-see-others = Freie Zeiten in der Nähe
details-others = Freie Zeiten in der Nähe
details-others-lead = Ein Druck bucht die Zeit mit Ihren Angaben.
details-others-none = In der Nähe ist nichts frei. Wählen Sie oben eine andere Zeit.
details-taken-nothing-near = Diese Zeit ist nicht mehr frei, und in der Nähe auch keine andere. Bitte wählen Sie eine andere Zeit.
details-booked-before = Mit diesem Formular haben Sie schon gebucht. Für einen weiteren Termin beginnen Sie bitte neu beim Kalender.

booked-title = Sie haben einen Termin
booked-cancelled-title = Dieser Termin ist abgesagt
booked-past-title = Dieser Termin ist vorbei
booked-at-once = Er ist gebucht. Merken Sie sich die Adresse dieser Seite: Hier können Sie den Termin verschieben oder absagen.
booked-moved = Er wurde verschoben auf { $when }. Merken Sie sich die Adresse dieser Seite: Hier können Sie den Termin verschieben oder absagen.
booked-when = Wann
booked-where = Wie wir uns treffen
booked-phone = Wir rufen Sie an unter
booked-with = Mit
booked-you = Gebucht für
booked-answers = Ihre Antworten
booked-join = Am Treffen teilnehmen
booked-join-by = Link
booked-link-follows = Der Link zum Treffen folgt hier.
booked-link-follows-late = Der Link zum Treffen ist noch nicht da; es wird von selbst weiter versucht. Er folgt per Mail und auf dieser Seite. Ihr Termin steht trotzdem fest.
booked-link-manual = Der Link zum Treffen konnte nicht erstellt werden. Ihre Ansprechperson weiß Bescheid und meldet sich; Ihr Termin steht trotzdem fest.
booked-number = Meeting-Nummer
booked-password = Passwort
booked-access-code = Zugangscode für Telefone
booked-phone-password = Passwort in Ziffern, für Telefone und Videosysteme
booked-dial = Per Telefon
booked-sip = Für Videosysteme
booked-add = In den Kalender eintragen
booked-file = Datei für andere Kalender
booked-move = Andere Zeit wählen
booked-cancel = Termin absagen
booked-too-late = Online lässt sich der Termin nicht mehr verschieben oder absagen. Bitte wenden Sie sich an Ihre Ansprechperson.
booked-too-late-mail = Online lässt sich der Termin nicht mehr verschieben oder absagen. Bitte schreiben Sie an { $email }.
booked-cutoff = Hier verschieben oder absagen können Sie bis { $time }.
booked-again = Weiteren Termin buchen
booked-cancelled-text = Die Zeit ist wieder frei, und alle Beteiligten erfahren davon.
booked-cancelled-by-host = Ihre Ansprechperson hat ihn abgesagt.
booked-reason = Grund
booked-was = Geplant war

step-meeting-waiting = Der Link zum Treffen wird erstellt
step-meeting-done = Der Link zum Treffen ist da
step-update-waiting = Das Online-Treffen wird aktualisiert
step-update-late = Das Online-Treffen zu aktualisieren dauert länger als üblich; es wird von selbst weiter versucht
step-update-failed = Das Online-Treffen konnte nicht aktualisiert werden; Ihre Ansprechperson weiß Bescheid
step-calendar-waiting = Der Kalender Ihrer Ansprechperson wird ergänzt
step-calendar-late = Der Kalender Ihrer Ansprechperson braucht länger als üblich
step-calendar-done = Der Termin steht im Kalender Ihrer Ansprechperson
step-calendar-failed = Der Termin steht noch nicht im Kalender Ihrer Ansprechperson; sie weiß Bescheid
step-mail-waiting = Eine Mail an { $email } wird geschrieben
step-mail-late = Die Mail an { $email } dauert länger als üblich
step-mail-done = Eine Mail an { $email } ist unterwegs
step-mail-failed = Die Mail an { $email } konnte nicht gesendet werden. Merken Sie sich die Adresse dieser Seite

move-title = Andere Zeit wählen
move-now = Bisher geplant für
move-lead = Ansprechperson und Link zum Treffen bleiben gleich.
move-lead-host = Die Ansprechperson bleibt gleich.
move-sure-title = Diesen Termin verschieben?
move-old = Bisherige Zeit
move-new = Neue Zeit
move-yes = Termin verschieben
move-too-often = Dieser Termin wurde seit gestern sehr oft verschoben und bleibt vorerst, wie er ist. Morgen können Sie ihn wieder verschieben; oder schreiben Sie Ihrer Ansprechperson.
move-keep = Bei dieser Zeit bleiben

cancel-title = Diesen Termin absagen?
cancel-lead = Die Zeit wird für andere frei, und Ihre Ansprechperson erfährt davon.
cancel-reason = Grund
cancel-yes = Termin absagen
cancel-no = Termin behalten
