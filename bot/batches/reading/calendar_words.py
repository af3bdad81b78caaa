"""Months and days of the week as they stand in files, in small letters and without accents."""

_MONTH_NAMES = (
    "jan january januar janvier janv enero ene gennaio gen janeiro januari jaen janner jaenner "
    "ocak stycznia styczen tammikuuta",
    "feb february februar fevrier fevr fev febrero febbraio fevereiro februari subat lutego luty "
    "helmikuuta",
    "mar march marz maerz mrz mars marzo marco maart mrt mart marca maaliskuuta",
    "apr april avril avr abril abr aprile nisan kwietnia kwiecien huhtikuuta",
    "may mai mayo maggio mag maio mei maj maja mayis toukokuuta",
    "jun june juni juin junio giugno giu junho haziran czerwca czerwiec kesakuuta",
    "jul july juli juillet juil julio luglio lug julho temmuz lipca lipiec heinakuuta",
    "aug august aout agosto ago augustus augusti agustos sierpnia sierpien elokuuta",
    "sep sept september septembre septiembre settembre set setembro eylul wrzesnia wrzesien "
    "syyskuuta",
    "oct october oktober okt octobre octubre ottobre ott outubro out ekim pazdziernika "
    "pazdziernik lokakuuta",
    "nov november novembre noviembre novembro kasim marraskuuta",  # not listopad: two months
    "dec december dezember dez decembre diciembre dic dicembre dezembro des desember aralik "
    "grudnia grudzien joulukuuta",
)
_WEEKDAY_NAMES = (
    "mon monday mo montag lundi lun lunes lunedi segunda maandag ma pazartesi poniedzialek mandag "
    "maanantai",
    "tue tues tuesday di dienstag mardi mar martes martedi terca dinsdag sali wtorek tirsdag "
    "tisdag tiistai",
    "wed wednesday mi mittwoch mercredi mer miercoles mie mercoledi quarta woensdag "
    "carsamba sroda onsdag keskiviikko",
    "thu thur thurs thursday do donnerstag jeudi jeu jueves jue giovedi gio quinta donderdag "
    "persembe czwartek torsdag torstai",
    "fri friday fr freitag vendredi ven viernes vie venerdi sexta vrijdag cuma "
    "piatek fredag perjantai",
    "sat saturday sa samstag sonnabend samedi sam sabado sab sabato zaterdag cumartesi sobota "
    "lordag lauantai",
    "sun sunday so sonntag dimanche dim domingo dom domenica zondag pazar "
    "niedziela sondag sunnuntai",
)

MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
# Monday is 0, as for `date.weekday`.
WEEKDAYS = {name: number for number, names in enumerate(_WEEKDAY_NAMES) for name in names.split()}
# Between a day and a time, and around them.
_FILLER_NAMES = (
    "at um o a alle las de del der den the of uhr kl h klo am on le il el st nd rd th "
    "from von vom dalle desde godz ore kell as feira saat"
)
FILLERS = frozenset(_FILLER_NAMES.split())
