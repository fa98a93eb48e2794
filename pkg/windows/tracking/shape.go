package tracking

import (
	"fmt"
	"strconv"
	"strings"
)

// shape is a compiled shape of one length.
type shape struct {
	sets   []set // of the characters allowed at each place
	format int   // which of the carrier's formats it is of
	check  *check

	// The serial number is [from, to); digit is the place of the check digit, -1 without one.
	from, to, digit int
}

// set is a set of characters, a bit for each.
type set uint64

const (
	digits     set = 1<<letters - 1
	allLetters set = (1<<26 - 1) << letters
)

// fits tells whether each character is one that the shape allows at its place. The id has the shape's length.
func (s *shape) fits(characters *[maxLength]uint8) bool {
	for i, allowed := range s.sets {
		if allowed&(1<<(characters[i]&63)) == 0 {
			return false
		}
	}
	return true
}

// index holds the shapes of each carrier by their length, in the order of its formats.
var index = func() map[string]*[maxLength + 1][]*shape {
	carriers := make(map[string]*[maxLength + 1][]*shape, len(formats))
	for carrier, list := range formats {
		byLength := new([maxLength + 1][]*shape)
		for i := range list {
			for _, text := range list[i].shapes {
				for _, s := range compile(text) {
					s.format, s.check = i, &list[i].check
					byLength[len(s.sets)] = append(byLength[len(s.sets)], s)
				}
			}
		}
		carriers[carrier] = byLength
	}
	return carriers
}()

// compile makes a shape of each length that a text allows. The texts are part of the program, so a wrong one panics.
func compile(text string) []*shape {
	shapes := []*shape{{digit: -1}}
	for rest := text; rest != ""; {
		switch rest[0] {
		case '(':
			rest = rest[1:]
			for _, s := range shapes {
				s.from = len(s.sets)
			}
		case ')':
			rest = rest[1:]
			for _, s := range shapes {
				s.to = len(s.sets)
			}
		case '=':
			rest = rest[1:]
			for _, s := range shapes {
				s.digit = len(s.sets)
			}
		default:
			var class set
			var counts []int
			class, rest = cutClass(rest)
			counts, rest = cutCounts(rest)
			shapes = repeat(shapes, class, counts)
		}
	}
	return shapes
}

// repeat continues each shape with so many places of a class, for each of the counts.
func repeat(shapes []*shape, class set, counts []int) []*shape {
	continued := make([]*shape, 0, len(shapes)*len(counts))
	for _, s := range shapes {
		for _, n := range counts {
			longer := *s
			longer.sets = append([]set(nil), s.sets...)
			for range n {
				longer.sets = append(longer.sets, class)
			}
			continued = append(continued, &longer)
		}
	}
	return continued
}

// cutClass reads the class of characters with which a text begins.
func cutClass(text string) (set, string) {
	switch text[0] {
	case '#':
		return digits, text[1:]
	case '@':
		return allLetters, text[1:]
	case '*':
		return digits | allLetters, text[1:]
	case '[':
		members, rest, closed := strings.Cut(text[1:], "]")
		if !closed {
			panic(fmt.Sprintf("tracking: shape %q has no ]", text))
		}
		return bracketed(members), rest
	}
	return only(text[0]), text[1:]
}

// bracketed is the set of the characters between brackets, in which a-b stands for a to b.
func bracketed(text string) (all set) {
	for i := 0; i < len(text); i++ {
		last := text[i]
		if i+2 < len(text) && text[i+1] == '-' {
			last = text[i+2]
		}
		for c := text[i]; c <= last; c++ {
			all |= only(c)
		}
		if last != text[i] {
			i += 2
		}
	}
	return all
}

func only(c byte) set {
	n := characterOf[c]
	if n > hyphen {
		panic(fmt.Sprintf("tracking: no id has the character %q", c))
	}
	return 1 << n
}

// cutCounts reads how often the class before it stands: once unless braces follow.
func cutCounts(text string) ([]int, string) {
	if !strings.HasPrefix(text, "{") {
		return []int{1}, text
	}
	inner, rest, closed := strings.Cut(text[1:], "}")
	if !closed {
		panic(fmt.Sprintf("tracking: shape %q has no }", text))
	}
	var counts []int
	for part := range strings.SplitSeq(inner, ",") {
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		for n := number(low); n <= number(high); n++ {
			counts = append(counts, n)
		}
	}
	return counts, rest
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(fmt.Sprintf("tracking: count %q in a shape: %v", text, err))
	}
	return n
}
