package tracking

// secures tells whether the check digit of an id that fits shape s is that of its serial number.
func (c *check) secures(s *shape, characters *[maxLength]uint8) bool {
	if c.algorithm != none {
		var buffer [maxLength]uint8
		serial := c.withPrefix(&buffer, characters[s.from:s.to])
		if c.digit(serial) != characters[s.digit] {
			return false
		}
	}
	if !c.country {
		return true
	}
	n := len(s.sets)
	return isCountry[characters[n-2]-letters][characters[n-1]-letters]
}

// withPrefix is the serial number, after its prefix if it does not begin with that.
func (c *check) withPrefix(buffer *[maxLength]uint8, serial []uint8) []uint8 {
	if c.prefix == "" {
		return serial
	}
	begins := true
	for i := range len(c.prefix) {
		buffer[i] = characterOf[c.prefix[i]]
		begins = begins && serial[i] == buffer[i]
	}
	if begins {
		return serial
	}
	return buffer[:len(c.prefix)+copy(buffer[len(c.prefix):], serial)]
}

// digit is the check digit of a serial number, as a character.
func (c *check) digit(serial []uint8) uint8 {
	switch c.algorithm {
	case upToTen:
		return uint8((10 - c.weightedSum(serial)%10) % 10)
	case elevenTen:
		return uint8(c.weightedSum(serial) % 11 % 10)
	case postal:
		return postalDigit(c.weightedSum(serial) % 11)
	case seven:
		return remainder7(serial)
	case luhn:
		return luhnDigit(serial)
	case mod37And36:
		return character37And36(serial)
	}
	panic("tracking: unknown check digit algorithm")
}

func (c *check) weightedSum(serial []uint8) int {
	sum, turn := 0, 0
	for i := range serial {
		place := i
		if c.fromRight {
			place = len(serial) - 1 - i
		}
		sum += weight(serial[place]) * int(c.multipliers[turn])
		if turn++; turn == len(c.multipliers) {
			turn = 0
		}
	}
	return sum
}

// weight is what a character counts in a weighted sum: a letter, the last digit of its ASCII code less 3.
func weight(character uint8) int {
	if character < letters {
		return int(character)
	}
	return int(character-letters+'A'-3) % 10
}

// postalDigit is what UPU S10 makes of a remainder of 11.
func postalDigit(remainder int) uint8 {
	switch remainder {
	case 0:
		return 5
	case 1:
		return 0
	}
	return uint8(11 - remainder)
}

func remainder7(serial []uint8) uint8 {
	r := uint8(0)
	for _, digit := range serial {
		r = (r*10 + digit) % 7
	}
	return r
}

// luhnDigit doubles each second digit of the serial, the last one first.
func luhnDigit(serial []uint8) uint8 {
	sum := 0
	for i := range serial {
		n := int(serial[len(serial)-1-i])
		if i%2 == 0 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return uint8((10 - sum%10) % 10)
}

func character37And36(serial []uint8) uint8 {
	c := 36
	for _, character := range serial {
		if c += int(character); c > 36 {
			c -= 36
		}
		if c *= 2; c > 36 {
			c -= 37
		}
	}
	return uint8((37 - c) % 36)
}
