package tracking

import (
	"slices"
	"strings"
	"testing"
)

// madeUp are ids that nobody was given, with check digits worked out by hand.
var madeUp = []struct {
	carrier, id string
	valid       bool
	why         string
}{
	{"s10", "QA987654326SE", true, "9·8+8·6+7·4+6·2+5·3+4·5+3·9+2·7 = 236 = 21·11+5, 11-5"},
	{"s10", "QA987654325SE", false, "6 would do"},
	{"s10", "QA000000005SE", true, "remainder 0 makes 5"},
	{"s10", "QA000000500SE", true, "5·9 = 45 = 4·11+1, and remainder 1 makes 0"},
	{"s10", "QA987654326XX", false, "XX is no country"},
	{"s10", "QA987654326UK", false, "the United Kingdom is GB"},
	{"s10", "Q1987654326SE", false, "the service type is two letters"},
	{"s10", "QA987654326SE0", false, "the whole id has to fit"},
	{"s10", " qa 9876\t5432 6 se\n", true, "white space and small letters do not matter"},
	{"s10", "QA\u00a0987654326\u2003SE", true, "nor does white space outside ASCII"},
	{"s10", "QA987654326Ｓ", false, "a full-width letter is no letter"},
	{"ups", "1ZABC1230300000011", true, "A=2 B=3 C=4: 2+2·3+4+2·1+2+2·3+0+2·3+1 = 29"},
	{"ups", "1ZABC1230300000012", false, "1 would do"},
	{"ups", "K1234567895", true, "1+4+3+8+5+12+7+16+9 = 65"},
	{"ups", "B1234567895", false, "no waybill begins with B"},
	{"fedex", "123456789012", true, "3+2+21+12+5+42+21+8+63+0+1 = 178 = 16·11+2"},
	{"fedex", "000000000310", true, "3·3+1 = 10, remainder 10 makes 0"},
	{"usps", "10000000000000000021", true, "3·1+3·2 = 9"},
	{"usps", "10000000000000000023", true, "the legacy format puts 91 first: 3·9+1+9 = 37"},
	{"usps", "10000000000000000022", false, "neither 1 nor 3"},
	{"usps", "9400000000000000000016", true, "from the right: 3·1+4+3·9 = 34"},
	{"usps", "420123459400000000000000000016", true, "with a ZIP code"},
	{"usps", "4201234567899400000000000000000016", true, "with a ZIP code of nine digits"},
	{"usps", "420123456789940000000000000000016", false, "nine digits of ZIP code go before 22 digits only"},
	{"usps", "9500000000000000000008", true, "3·9+5 = 32"},
	{"usps", "9200090000000000000002", true, "3·9+2+9 = 38"},
	{"usps", "9200000000000000000001", false, "92 is for a shipper that begins with 9"},
	{"usps", "9300000000000000000000", true, "3·9+3 = 30"},
	{"usps", "9300090000000000000001", false, "93 is for a shipper that does not begin with 9"},
	{"dhl", "1000000002", true, "10^8 modulo 7"},
	{"dhl", "1000000003", false, "2 would do"},
	{"dhl", "GM1AAAAAAAAA", true, "a digit comes first"},
	{"dhl", "GMA1AAAAAAAA", false, "a letter comes first"},
	{"dhl", "GM1AAAAAAAA", false, "nine characters after the prefix"},
	{"dhl", "GM1" + strings.Repeat("A", 38), true, "39 characters after the prefix"},
	{"dhl", "GM1" + strings.Repeat("A", 39), false, "40 characters after the prefix"},
	{"purolator", "100000000008", true, "2·1"},
	{"purolator", "000000000059", true, "2·5 = 10, less 9"},
	{"purolator", "600000000009", false, "6 begins no id"},
	{"old_dominion", "07200000003", true, "2·7-9 + 2"},
	{"ontrac", "C00000000000006", true, "4 goes first"},
	{"ontrac", "C10000000000004", true, "4+2·1 = 6"},
	{"ontrac", "C40000000000006", true, "begins with 4, so nothing goes first"},
	{"ontrac", "D00000000000005", true, "5 goes first"},
	{"canada_post", "1000000000000007", true, "3·1"},
	{"dpd", "00000000000000U", true, "36 doubled 14 times modulo 37 is 7, and 37-7 is U"},
	{"dpd", "00000000000000V", false, "U would do"},
	{"dpd", "00000080000000H", true, "10+8 = 18 doubled is 36; 36 doubled 7 times modulo 37 is 20, and 37-20 is H"},
	{"lasership", "1LS7100012000000-1", true, "format alone"},
	{"lasership", "1LS7100015000000-1", false, "5 is out of 1 to 4"},
	{"lasership", "1LS71000120000000-1", false, "a digit too many"},
	{"lasership", "1LS7100014000000", false, "no suffix"},
	{"lasership", "1LS7100011000000-2", false, "the suffix is 1"},
	{"yodel", "JD0000000000000000", true, "format alone"},
	{"yodel", "JJD0000000000000000", true, "format alone"},
	{"yunexpress", "YT0000000000000000", true, "format alone"},
	{"UPS", "1ZABC1230300000011", false, "codes of carriers are lower-case"},
	{"pigeon", "1ZABC1230300000011", false, "no such carrier"},
	{"", "", false, "nothing"},
	{"ups", "", false, "nothing"},
	{"ups", "   ", false, "nothing but white space"},
	{"ups", "1ZABC123030000001\x00", false, "not a character of any id"},
	{"ups", "\x801ZABC1230300000011", false, "half of a character"},
	{"ups", "\xff1ZABC1230300000011", false, "not UTF-8"},
	{"ups", strings.Repeat(" ", 1006) + "1ZABC1230300000011", true, "1,024 bytes"},
	{"ups", strings.Repeat(" ", 1007) + "1ZABC1230300000011", false, "over 1,024 bytes"},
}

func TestValid(t *testing.T) {
	for _, c := range madeUp {
		if got := Valid(c.carrier, c.id); got != c.valid {
			t.Errorf("Valid(%q, %q) = %v: %s", c.carrier, c.id, got, c.why)
		}
	}
}

// Each of these algorithms finds every single wrong digit.
func TestWrongDigit(t *testing.T) {
	for carrier, id := range map[string]string{
		"s10": "QA987654326SE", "canada_post": "1000000000000007", "purolator": "100000000008", "old_dominion": "77700000001",
	} {
		for place := range id {
			for digit := '0'; digit <= '9'; digit++ {
				changed := id[:place] + string(digit) + id[place+1:]
				if changed != id && id[place] <= '9' && Valid(carrier, changed) {
					t.Errorf("%s: %s is valid, with another digit at %d than %s", carrier, changed, place, id)
				}
			}
		}
	}
}

func TestValidAllocatesNothing(t *testing.T) {
	allocations := testing.AllocsPerRun(100, func() {
		for _, c := range madeUp {
			Valid(c.carrier, c.id)
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

func TestCarriers(t *testing.T) {
	codes := Carriers()
	if !slices.IsSorted(codes) || len(codes) != 18 {
		t.Errorf("carriers are %q", codes)
	}
	codes[0] = "changed"
	if Carriers()[0] == "changed" {
		t.Error("a caller can change the list of carriers")
	}
}

// Every shape has a serial number and a check digit, or neither, and fits into the space for an id.
func TestFormatsAreConsistent(t *testing.T) {
	for carrier, list := range formats {
		for _, f := range list {
			for _, text := range f.shapes {
				for _, s := range compile(text) {
					secured := s.to > s.from && s.digit >= s.to && s.digit < len(s.sets)
					if secured != (f.check.algorithm != none) || len(s.sets) > maxLength {
						t.Errorf("%s: shape %q of %d characters does not suit its check", carrier, text, len(s.sets))
					}
				}
			}
		}
	}
	if n := len(strings.Fields(countries)); n != 249 {
		t.Errorf("%d countries", n)
	}
}

// Between brackets stand characters and ranges of them; a hyphen at the end is itself.
func TestBracketed(t *testing.T) {
	for text, want := range map[string]string{"ACM": "ACM", "0-3": "0123", "0-38": "01238", "A-": "A-", "X0-1-": "X01-"} {
		var all set
		for i := range len(want) {
			all |= only(want[i])
		}
		if got := bracketed(text); got != all {
			t.Errorf("[%s] is %b, want %b of %s", text, got, all, want)
		}
	}
}

func FuzzValid(f *testing.F) {
	for _, c := range madeUp {
		f.Add(c.carrier, c.id)
	}
	f.Fuzz(func(t *testing.T, carrier, id string) {
		valid := Valid(carrier, id)
		if spaced := " " + strings.ToLower(id) + "\t"; valid && len(spaced) <= maxBytes && !Valid(carrier, spaced) {
			t.Errorf("%q is valid for %s, but not in small letters with white space around it", id, carrier)
		}
		if valid && Valid(carrier, id+"!") {
			t.Errorf("%q is valid for %s with more after it", id, carrier)
		}
	})
}

func BenchmarkValid(b *testing.B) {
	for _, c := range [][3]string{
		{"s10", "s10", "QA987654326SE"},
		{"ups", "ups", "1ZABC1230300000011"},
		{"usps", "usps", "4201234567899400000000000000000016"},
		{"dhl worst", "dhl", "MY12345678901234"},
	} {
		b.Run(c[0], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Valid(c[1], c[2])
			}
		})
	}
}
