package view

import (
	"encoding/base64"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sellerpulse/pkg/rules"
)

func TestWrongQueries(t *testing.T) {
	f := newFeed(Options{}, 2, 1)
	for i := range 3 {
		f.report(reportOf(rand.New(rand.NewPCG(1, 1)), string(rune('a'+i)), noon), 1)
		f.alert(alertOf("a", "odr", int64(i+1), noon, rules.OK, rules.Breached), 1)
	}
	f.settle()
	sellers, err := f.Sellers(Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	alerts, err := f.Alerts(AlertQuery{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	sub, err := f.Subscribe(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	changed := []byte(sellers.Next)
	changed[3] ^= 1
	bad := []string{
		"x", "=", strings.Repeat("A", maxCursor+1), string(changed), sellers.Next + "A", sellers.Next[:len(sellers.Next)-2],
		base64.RawURLEncoding.EncodeToString([]byte{cursorOfSellers}), seal(cursorOfSellers, nil), seal(cursorOfAlerts, nil), seal(cursorOfAlerts, []byte{1, 2, 3, 4}),
	}
	for _, cursor := range append(slices.Clone(bad), alerts.Next, sub.Cursor()) {
		if page, err := f.Sellers(Query{After: cursor}); !errors.Is(err, ErrQuery) || !strings.Contains(err.Error(), "begin again without one") {
			t.Errorf("sellers after %.80q: %+v, error %v", cursor, page, err)
		}
	}
	for _, cursor := range append(slices.Clone(bad), sellers.Next, sub.Cursor()) {
		if page, err := f.Alerts(AlertQuery{After: cursor}); !errors.Is(err, ErrQuery) {
			t.Errorf("alerts after %.80q: %+v, error %v", cursor, page, err)
		}
	}
	more := append(slices.Clone(sub.seen), 0, 0)
	for _, cursor := range append(slices.Clone(bad), sellers.Next, alerts.Next, sub.seen.cursor(sub.topic+1), more.cursor(sub.topic), seal(cursorOfPositions, nil)) {
		if s, err := f.Subscribe(t.Context(), cursor); !errors.Is(err, ErrQuery) {
			t.Errorf("subscribe after %.80q: %+v, error %v", cursor, s, err)
		}
	}
	for _, q := range []Query{{Limit: -1}, {Limit: MaxLimit + 1}, {Sort: numSorts}, {Sort: ByID, After: sellers.Next}} {
		if page, err := f.Sellers(q); !errors.Is(err, ErrQuery) {
			t.Errorf("%+v: %+v, error %v", q, page, err)
		}
	}
	if page, err := f.Alerts(AlertQuery{Limit: MaxLimit + 1}); !errors.Is(err, ErrQuery) {
		t.Errorf("too many alerts: %+v, error %v", page, err)
	}
}

// The longest cursors are read back.
func TestLongCursors(t *testing.T) {
	s := &seller{id: strings.Repeat("\xff", 1024), asOf: math.MinInt64, recovered: math.MaxInt64, nearness: math.MaxInt64, class: rules.Advisory, status: rules.StatusUnderReview}
	q := Query{Sort: ByRecovery, After: sellerCursor(ByRecovery, s)}
	if got, err := q.after(); err != nil || *got != *s {
		t.Errorf("%+v, error %v, want %+v", got, err, s)
	}
	at := place{published: math.MinInt64, partition: math.MaxInt32, offset: math.MaxInt64}
	if got, err := (&AlertQuery{After: at.cursor()}).before(); err != nil || got.place != at {
		t.Errorf("%+v, error %v, want %+v", got, err, at)
	}
	seen := slices.Repeat(positions{math.MaxInt64}, 1_000)
	if got, err := parsePositions(seen.cursor(7), 7, len(seen)); err != nil || !slices.Equal(got, seen) {
		t.Errorf("%d positions, error %v", len(got), err)
	}
}

// FuzzCursors: whatever is in a cursor whose checksum is right, it is refused or read back as it was.
func FuzzCursors(f *testing.F) {
	s := &seller{id: "S", asOf: 1, recovered: 2, nearness: 3}
	for _, text := range []string{sellerCursor(ByID, s), place{1, 2, 3}.cursor(), positions{1, 2}.cursor(7)} {
		b, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[0], b[1:len(b)-4], text)
	}
	f.Fuzz(func(t *testing.T, kind byte, content []byte, text string) {
		for _, text := range []string{text, seal(kind, content)} {
			for by := range numSorts {
				q := Query{Sort: by, After: text}
				if s, err := q.after(); err == nil && s != nil {
					again := Query{Sort: by, After: sellerCursor(by, s)}
					if same, err := again.after(); err != nil || *same != *s {
						t.Fatalf("%+v, error %v, of %+v", same, err, s)
					}
				}
			}
			if a, err := (&AlertQuery{After: text}).before(); err == nil && a != nil {
				if same, err := (&AlertQuery{After: a.cursor()}).before(); err != nil || same.place != a.place {
					t.Fatalf("%+v, error %v, of %+v", same, err, a.place)
				}
			}
			if p, err := parsePositions(text, 7, 3); err == nil && (len(p) != 3 || slices.Min(p) < 0) {
				t.Fatalf("positions %v", p)
			}
		}
	})
}
