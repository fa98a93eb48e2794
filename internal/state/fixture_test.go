package state

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

var update = flag.Bool("update", false, "write the fixture of the present format version, if there is none")

// fixture fills a database with one of everything.
func fixture(t *testing.T, directory string) {
	t.Helper()
	db := open(t, Options{Directory: directory, Owner: "fixture-changelog"})
	p := partition(t, db, 3)
	s := newStore(p)
	const today = windows.Date(20_454)
	seller, err := s.Seller("seller", today)
	if err != nil {
		t.Fatal(err)
	}
	row := new(windows.Order)
	row.Reset()
	at := events.Millis(today) * 86_400_000
	row.Apply(&events.Event{
		Topic: events.Orders, Kind: events.OrderPlaced, OccurredAt: at, OrderDate: at, Channel: events.MFN, ShipBy: at + 1, DeliverBy: at + 2,
		Items: []events.Item{{ItemID: "1", ProductLine: "toys", Quantity: 2}}, Marketplace: "DE", ShipCountry: "AT",
	}, 3)
	row.Apply(&events.Event{Topic: events.Orders, Kind: events.OrderExcused, OccurredAt: at + 6, Metrics: []string{"late_shipment_rate"}, Excused: true}, 6)
	row.Apply(&events.Event{
		Topic: events.Shipments, Kind: events.ShipmentConfirmed, OccurredAt: at + 5, PartID: "shipment", DeliverBy: events.None,
		Carrier: events.Text{Value: "s10", Given: true}, TrackingID: events.Text{Value: "RB123456785GB", Given: true},
	}, 4)
	row.Apply(&events.Event{Topic: events.Shipments, Kind: events.ShipmentScanned, OccurredAt: at + 7, PartID: "shipment"}, 5)
	row.Apply(&events.Event{Topic: events.Claims, Kind: events.ClaimOpened, OccurredAt: at + 8, PartID: "claim", BuyerReason: events.NotReceived}, 4)
	order, err := s.Order(seller, "order")
	if err != nil {
		t.Fatal(err)
	}
	s.PutRow(seller, order, today, row.Append(nil))
	var of windows.Attributes
	of.Of(row)
	counts := windows.NewTally(builtIn()).Count(nil, row, &of, at+5)
	if err := seller.Windows.Change(today, &of, counts); err != nil {
		t.Fatal(err)
	}
	seller.Known, seller.ReportDue, seller.Reported = true, true, 77
	seller.Rules[0] = RuleState{State: rules.Breached, Transitions: 2, Since: at}
	s.Changed(seller)
	s.SetDate(today, seller)
	s.SetTimer(at+3, Timer{Seller: seller.ID, Order: "order"})
	s.Park(seller.ID, "unknown", &ParkedEvent{Message: Message{Topic: events.Claims, Offset: 5, Timestamp: at, Key: []byte("seller"), Value: []byte("{}"), Headers: []Header{{"h", []byte("v")}}}, Arrived: at})
	s.SetSettings(&Settings{Zone: "UTC", Retention: 120, Rules: map[string]string{"odr": "definition"}, RowVersion: windows.RowVersion})
	s.Take(Clock{StreamTime: at + 5, Offsets: [events.NumTopics]int64{1, 2, 3, 4, 5, 6}})
	s.Committed()
	if err := s.Checkpoint(Saved{Position: 42}); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// dump is all keys and values of a partition, in hex, a line each.
func dump(t *testing.T, directory string) []byte {
	t.Helper()
	db := open(t, Options{Directory: directory, Owner: "fixture-changelog"})
	defer db.Close()
	p := partition(t, db, 3)
	defer p.Close()
	var b bytes.Buffer
	fmt.Fprintf(&b, "position %d\n", p.Position())
	if err := p.Scan([]byte{0}, []byte{tagPosition}, func(key, value []byte) (bool, error) {
		fmt.Fprintf(&b, "%c %s %s\n", key[0], hex.EncodeToString(key[1:]), hex.EncodeToString(value))
		return true, nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := p.DeriveBy("what this version counts"); err != nil { // What another derived is not read.
		t.Fatal(err)
	}
	life := Lifetime{Calendar: windows.NewCalendar(time.UTC), RetentionDays: 120}
	if err := NewRestorer(p, life, builtIn()).Rebuild(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	seller, err := newStore(p).Seller("seller", 20_454)
	if err != nil {
		t.Fatal(err)
	}
	if sums := seller.Windows.Totals(20_454, 20_454); sums[1][windows.Orders] != 1 {
		t.Errorf("the seller's order is counted as %v", sums)
	}
	return b.Bytes()
}

// A database of each format version opens and reads as it was written; and what is written now reads the same.
func TestFixtures(t *testing.T) {
	kept := filepath.Join("testdata", fmt.Sprintf("v%d", formatVersion))
	if _, err := os.Stat(kept); os.IsNotExist(err) && *update {
		fixture(t, filepath.Join(kept, "db"))
		if err := os.Remove(filepath.Join(kept, "db", "LOCK")); err != nil {
			t.Fatal(err)
		}
		copied := t.TempDir()
		if err := os.CopyFS(copied, os.DirFS(filepath.Join(kept, "db"))); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(kept, "dump.txt"), dump(t, copied), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	versions, err := filepath.Glob(filepath.Join("testdata", "v*"))
	if err != nil || len(versions) != formatVersion {
		t.Fatalf("fixtures %v, want one of each version up to %d: %v", versions, formatVersion, err)
	}
	for _, version := range versions {
		want, err := os.ReadFile(filepath.Join(version, "dump.txt"))
		if err != nil {
			t.Fatal(err)
		}
		copied := t.TempDir()
		if err := os.CopyFS(copied, os.DirFS(filepath.Join(version, "db"))); err != nil {
			t.Fatal(err)
		}
		if got := dump(t, copied); !bytes.Equal(got, want) {
			t.Errorf("%s reads as\n%swant\n%s", version, got, want)
		}
		if version != kept {
			continue
		}
		now := filepath.Join(t.TempDir(), "db")
		fixture(t, now)
		if got := dump(t, now); !bytes.Equal(got, want) {
			t.Errorf("what is written now reads as\n%swant\n%s\na change of the format needs a new version", got, want)
		}
	}
}
