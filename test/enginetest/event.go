package enginetest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Noon is when most of what tests are about happens.
var Noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// At is so many days, and a while, after Noon, as events have it.
func At(days int, after time.Duration) string {
	return Noon.AddDate(0, 0, days).Add(after).Format(time.RFC3339Nano)
}

// JSON is an event of a seller at noon in JSON, with fields changed or added in pairs of name and value as JSON; "" leaves one out.
func JSON(seller, kind, order string, changes ...string) []byte {
	fields := [][2]string{
		{"event_id", `"e-` + order + `"`},
		{"kind", `"` + kind + `"`},
		{"occurred_at", `"` + At(0, 0) + `"`},
		{"seller_id", strconv.Quote(seller)},
		{"order_id", `"` + order + `"`},
	}
	if kind == "PLACED" {
		fields = append(fields, [2]string{"order_date", `"` + At(0, 0) + `"`}, [2]string{"channel", `"MFN"`}, [2]string{"items", "[]"})
	}
	for pair := range slices.Chunk(changes, 2) {
		fields = slices.DeleteFunc(fields, func(f [2]string) bool { return f[0] == pair[0] })
		if pair[1] != "" {
			fields = append(fields, [2]string{pair[0], pair[1]})
		}
	}
	var texts []string
	for _, f := range fields {
		texts = append(texts, fmt.Sprintf("%q:%s", f[0], f[1]))
	}
	return []byte("{" + strings.Join(texts, ",") + "}")
}
