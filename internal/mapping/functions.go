package mapping

import (
	"fmt"
	"strings"

	"github.com/itchyny/gojq"
)

// functions are those of ours that a program may call. Those about times take null for null, so that what is absent stays absent.
func (r *reader) functions() []gojq.CompilerOption {
	return []gojq.CompilerOption{
		gojq.WithFunction("lookup", 1, 2, r.lookUp),
		gojq.WithFunction("carrier", 0, 0, func(v any, _ []any) any { return carrierOf(v) }),
		gojq.WithFunction("digest", 0, 0, func(v any, _ []any) any { return digest(v) }),
		gojq.WithFunction("seconds", 0, 0, epoch("seconds", 1_000, 1)),
		gojq.WithFunction("millis", 0, 0, epoch("millis", 1, 1)),
		gojq.WithFunction("micros", 0, 0, epoch("micros", 1, 1_000)),
		gojq.WithFunction("nanos", 0, 0, epoch("nanos", 1, 1_000_000)),
		gojq.WithFunction("epoch_days", 0, 0, epoch("epoch_days", 86_400_000, 1)),
		gojq.WithFunction("instant", 0, 2, instant),
		gojq.WithFunction("start_of_day", 1, 1, dayFunction("start_of_day", startOfDay)),
		gojq.WithFunction("end_of_day", 1, 1, dayFunction("end_of_day", endOfDay)),
		gojq.WithFunction("plus_hours", 1, 1, plusHours),
		gojq.WithFunction("plus_days", 2, 2, plusDays),
		gojq.WithFunction("plus_business_days", 2, 3, plusBusinessDays),
	}
}

// lookUp finds its input in a table: `lookup("lines")`, or `lookup("lines"; "unknown")` with what is taken where it is not there, else null.
func (r *reader) lookUp(v any, args []any) any {
	name, _ := args[0].(string)
	t := r.tables[name]
	if t == nil {
		return fmt.Errorf("lookup: there is no table %q: name it in `tables:`", args[0])
	}
	otherwise := any(nil)
	if len(args) > 1 {
		otherwise = args[1]
	}
	var key string
	switch v := v.(type) {
	case nil:
		return otherwise
	case string:
		key = v
	case int:
		key = fmt.Sprint(v)
	default:
		return fmt.Errorf("lookup: %s cannot be looked up: it is to be a text or a whole number", gojq.Preview(v))
	}
	if found, ok := t.values[key]; ok {
		return found
	}
	return otherwise
}

// carriers are the codes of carriers whose names are written in several ways, in small letters without signs.
var carriers = map[string]string{
	"ups": "ups", "unitedparcelservice": "ups", "upsmi": "ups", "upsmailinnovations": "ups", "upssurepost": "ups",
	"fedex": "fedex", "federalexpress": "fedex", "fedexground": "fedex", "fedexhome": "fedex", "fedexsmartpost": "fedex", "fedexexpress": "fedex",
	"usps": "usps", "unitedstatespostalservice": "usps", "uspostalservice": "usps", "uspspriority": "usps", "endicia": "usps", "stamps.com": "usps", "stampscom": "usps",
	"dhl": "dhl", "dhlexpress": "dhl", "dhlecommerce": "dhl", "dhlglobalmail": "dhl", "dhlparcel": "dhl", "deutschepost": "s10", "deutschepostdhl": "dhl",
	"dpd": "dpd", "dpduk": "dpd", "dpdlocal": "dpd", "ontrac": "ontrac", "lasership": "lasership", "amzl": "amazon", "amazon": "amazon", "amazonlogistics": "amazon", "amazonshipping": "amazon", "amzlus": "amazon",
	"royalmail": "s10", "canadapost": "s10", "australiapost": "s10", "chinapost": "s10", "hongkongpost": "s10", "japanpost": "s10", "correios": "s10", "laposte": "s10", "postnl": "s10", "postnord": "s10", "swisspost": "s10", "s10": "s10",
}

// carrierOf is the code of a carrier's name: that of a known one, else its small letters and digits, which is an unknown carrier.
func carrierOf(v any) any {
	name, ok := v.(string)
	if !ok {
		return nil
	}
	plain := strings.Map(func(c rune) rune {
		switch {
		case c >= 'A' && c <= 'Z':
			return c + ('a' - 'A')
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			return c
		}
		return -1
	}, name)
	if plain == "" {
		return nil
	}
	if code, ok := carriers[plain]; ok {
		return code
	}
	return plain
}
