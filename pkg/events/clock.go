package events

import "time"

// Instants that an event may have: years 1 to 9999.
const (
	minInstant Millis = -62135596800000
	maxInstant Millis = 253402300799999
)

const (
	millisPerSecond = 1000
	millisPerMinute = 60 * millisPerSecond
	millisPerHour   = 60 * millisPerMinute
	millisPerDay    = 24 * millisPerHour
)

// parseInstant reads RFC 3339 with any offset. A fraction of a millisecond is cut off.
func parseInstant(text string) (Millis, bool) {
	if len(text) < len("2006-01-02T15:04:05Z") || text[4] != '-' || text[7] != '-' || text[10]|0x20 != 't' || text[13] != ':' || text[16] != ':' {
		return 0, false
	}
	year := digits(text[0:2])*100 + digits(text[2:4])
	month, day := digits(text[5:7]), digits(text[8:10])
	hour, minute, second := digits(text[11:13]), digits(text[14:16]), digits(text[17:19])
	if year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return 0, false
	}
	millis, rest, ok := parseFraction(text[19:])
	offset, okOffset := parseOffset(rest)
	instant := daysFromCivil(year, month, day)*millisPerDay + Millis(hour)*millisPerHour +
		Millis(minute)*millisPerMinute + Millis(second)*millisPerSecond + millis - offset
	return instant, ok && okOffset
}

// digits reads two decimal digits; anything else gives so negative a number that no sum with it is a year.
func digits(two string) int {
	tens, ones := two[0]-'0', two[1]-'0'
	if tens > 9 || ones > 9 {
		return -1 << 20
	}
	return int(tens)*10 + int(ones)
}

// parseFraction reads the fraction of a second, if there is one, and gives its milliseconds and what follows.
func parseFraction(text string) (millis Millis, rest string, ok bool) {
	if text == "" || text[0] != '.' {
		return 0, text, true
	}
	weight := Millis(100)
	n := 1
	for ; n < len(text) && text[n]-'0' <= 9; n++ {
		millis += Millis(text[n]-'0') * weight
		weight /= 10
	}
	return millis, text[n:], n > 1
}

// parseOffset reads Z or ±hh:mm and gives milliseconds east of UTC.
func parseOffset(text string) (Millis, bool) {
	if len(text) == 1 {
		return 0, text[0]|0x20 == 'z'
	}
	if len(text) != len("+00:00") || text[3] != ':' || text[0] != '+' && text[0] != '-' {
		return 0, false
	}
	hour, minute := digits(text[1:3]), digits(text[4:6])
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 {
		return 0, false
	}
	offset := Millis(hour)*millisPerHour + Millis(minute)*millisPerMinute
	if text[0] == '-' {
		offset = -offset
	}
	return offset, true
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// Civil dates by Howard Hinnant's algorithms: years begin in March, so that the leap day is the last, and eras have
// 400 years. Years are 0 to 9999 here.
const (
	daysPerEra   = 146097
	daysToEpoch  = 719468 // from 0000-03-01 to 1970-01-01
	yearsPerEra  = 400
	daysPerYear  = 365
	daysPerYears = 1461 // of four years
)

// daysFromCivil counts the days since 1970-01-01.
func daysFromCivil(year, month, day int) Millis {
	if month <= 2 {
		year--
		month += 12
	}
	era := (year + yearsPerEra) / yearsPerEra // of one era earlier, so that year -1 needs no case of its own
	yearOfEra := year + yearsPerEra - era*yearsPerEra
	dayOfYear := (153*(month-3)+2)/5 + day - 1
	dayOfEra := yearOfEra*daysPerYear + yearOfEra/4 - yearOfEra/100 + dayOfYear
	return Millis((era-1)*daysPerEra + dayOfEra - daysToEpoch)
}

// civilFromDays is the inverse of daysFromCivil.
func civilFromDays(days Millis) (year, month, day int) {
	n := int(days) + daysToEpoch + daysPerEra
	era, dayOfEra := n/daysPerEra-1, n%daysPerEra
	yearOfEra := (dayOfEra - dayOfEra/(daysPerYears-1) + dayOfEra/36524 - dayOfEra/(daysPerEra-1)) / daysPerYear
	dayOfYear := dayOfEra - (daysPerYear*yearOfEra + yearOfEra/4 - yearOfEra/100)
	shifted := (5*dayOfYear + 2) / 153 // 0 is March
	day = dayOfYear - (153*shifted+2)/5 + 1
	year, month = yearOfEra+era*yearsPerEra, shifted+3
	if month > 12 {
		year, month = year+1, month-12
	}
	return year, month, day
}

// FormatInstant is an instant as texts and JSON have it: RFC 3339 in UTC with three decimals.
func FormatInstant(instant Millis) string { return string(AppendInstant(nil, instant)) }

// AppendInstant appends what FormatInstant gives.
func AppendInstant(dst []byte, instant Millis) []byte {
	if instant < minInstant || instant > maxInstant { // No event's: RFC 3339 has no such years, but texts tell of them.
		return time.UnixMilli(instant).UTC().AppendFormat(dst, "2006-01-02T15:04:05.000Z")
	}
	days, rest := instant/millisPerDay, instant%millisPerDay
	if rest < 0 {
		days, rest = days-1, rest+millisPerDay
	}
	year, month, day := civilFromDays(days)
	r := int(rest)
	return append(dst,
		'0'+byte(year/1000), '0'+byte(year/100%10), '0'+byte(year/10%10), '0'+byte(year%10), '-',
		'0'+byte(month/10), '0'+byte(month%10), '-', '0'+byte(day/10), '0'+byte(day%10), 'T',
		'0'+byte(r/36000000), '0'+byte(r/3600000%10), ':', '0'+byte(r/600000%6), '0'+byte(r/60000%10), ':',
		'0'+byte(r/10000%6), '0'+byte(r/1000%10), '.', '0'+byte(r/100%10), '0'+byte(r/10%10), '0'+byte(r%10), 'Z')
}
