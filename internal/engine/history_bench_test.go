package engine

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
	"sellerpulse/test/enginetest"
)

// number is a number of the environment, or another where there is none.
func number(b *testing.B, name string, otherwise int) int {
	b.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv(name), strconv.Itoa(otherwise)))
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkHistory applies an order a day of each of so many sellers for 400 days, without Kafka, where counts are kept for as long as orders, 120 days, and
// where they are kept for 400. Reading all sellers in the end it tells what one takes.
//
//	SELLERPULSE_BENCH_SELLERS=10000 go test -run '^$' -bench History -benchtime 1x -timeout 60m ./internal/engine
func BenchmarkHistory(b *testing.B) {
	sellers := number(b, "SELLERPULSE_BENCH_SELLERS", 500)
	for _, history := range []int32{120, 400} {
		b.Run(fmt.Sprintf("history=%d", history), func(b *testing.B) {
			for b.Loop() {
				directory := b.TempDir()
				m := benchMachineOf(b, directory, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, HistoryDays: history, CacheBytes: 144 << 20})
				before := enginetest.CPUSeconds(b)
				const days = 400
				m.orderDaily(sellers, days)
				b.ReportMetric(float64(sellers)*days/(enginetest.CPUSeconds(b)-before), "events/cpu-s")
				m.must(m.db.Flush())
				b.ReportMetric(diskMiB(b, directory), "disk-MiB")
				keys, bytes := m.sizeOf('f')
				b.ReportMetric(float64(keys), "frozen-keys")
				b.ReportMetric(float64(bytes)/(1<<20), "frozen-MiB")
				b.ReportMetric(m.sellerBytes("seller-0"), "B/seller-in-memory")
				b.ReportMetric(enginetest.PeakMiB(b), "peak-MiB")
			}
		})
	}
}

// orderDaily has each seller get an order a day.
func (m *machine) orderDaily(sellers, days int) {
	m.t.Helper()
	offset := int64(0)
	for d := range days {
		for i := range sellers {
			at := enginetest.Noon.UnixMilli() + int64(d)*day + int64(i)
			id := "seller-" + strconv.Itoa(i)
			r := Record{Message: state.Message{Topic: events.Orders, Offset: offset, Timestamp: at, Key: []byte(id), Value: []byte("{}")}, Event: events.Event{
				Topic: events.Orders, Kind: events.OrderPlaced, EventID: id, OccurredAt: at, SellerID: id, OrderID: strconv.Itoa(d), OrderDate: at, Channel: events.MFN,
				Items: []events.Item{{ItemID: "1", ProductLine: "toys", Quantity: 1}}, ShipBy: at + day, DeliverBy: at + 3*day,
			}}
			for done := false; !done; {
				var err error
				done, err = m.engine.Step(Apply(&r))
				if m.must(err); !done {
					m.benchCommit(m.engine.CheckpointDue(16 << 20))
				}
			}
			if offset++; offset%10_000 == 0 {
				m.benchCommit(m.engine.CheckpointDue(16 << 20))
			}
		}
	}
	m.benchCommit(true)
}

// sizeOf is how many keys of a kind there are, and what they take with their values.
func (m *machine) sizeOf(tag byte) (keys, bytes int) {
	m.t.Helper()
	m.must(m.state.Scan([]byte{tag}, []byte{tag + 1}, func(key, value []byte) (bool, error) {
		keys, bytes = keys+1, bytes+len(key)+len(value)
		return true, nil
	}))
	return keys, bytes
}

// sellerBytes is what the windows of a seller take in memory.
func (m *machine) sellerBytes(id string) float64 {
	m.t.Helper()
	seller, err := m.engine.store.Seller(id, m.engine.today)
	m.must(err)
	return float64(seller.Windows.Size())
}

// BenchmarkFill counts so many orders anew from their rows, as is done when rules count what no bucket has.
//
//	SELLERPULSE_BENCH_ROWS=10000000 go test -run '^$' -bench Fill -benchtime 1x -timeout 60m ./internal/engine
func BenchmarkFill(b *testing.B) {
	rows := number(b, "SELLERPULSE_BENCH_ROWS", 100_000)
	if testing.Short() {
		rows = min(rows, 10_000)
	}
	m := benchMachine(b, 48<<20)
	m.must(m.state.DeriveBy(m.options.Derivation()))
	m.fillRows(rows)
	rebuild := func() {
		life := state.Lifetime{Calendar: windows.NewCalendar(time.UTC), RetentionDays: 120}
		m.must(state.NewRestorer(m.state, life, m.options.Plan().Program).Rebuild(b.Context(), nil))
	}
	before := enginetest.CPUSeconds(b)
	rebuild()
	b.Logf("all that is derived, from nothing: %.0f rows/cpu-s", float64(rows)/(enginetest.CPUSeconds(b)-before))
	for n := 0; b.Loop(); n++ {
		m.options.Rules = countsMore(b, n)
		m.must(m.state.DeriveBy(m.options.Derivation()))
		before := enginetest.CPUSeconds(b)
		rebuild()
		b.ReportMetric(float64(rows)/(enginetest.CPUSeconds(b)-before), "rows/cpu-s")
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// countsMore are rules that count what the built-in ones do not.
func countsMore(b *testing.B, n int) *rules.Set {
	b.Helper()
	text := fmt.Sprintf("rules:\n  - {name: r%d, metric: claim_rate, where: {marketplace: M%d}, window: 30d, target: \"< 0.1\", class: advisory}\n", n, n)
	set, err := rules.ParseAll(120, rules.File{Name: "more", Text: []byte(text)})
	if err != nil {
		b.Fatal(err)
	}
	return set
}

// fillRows writes rows of a hundred thousand orders of a market again and again, each time of other sellers, as a state has them.
func (m *machine) fillRows(rows int) {
	m.t.Helper()
	orders := map[string]*windows.Order{}
	var order []string
	log := enginetest.MarketLog(1000, 6*min(rows, 100_000))
	for i := range log {
		e := &log[i]
		id := e.SellerID + "/" + e.OrderID
		if orders[id] == nil {
			orders[id] = new(windows.Order)
			orders[id].Reset()
			order = append(order, id)
		}
		orders[id].Apply(e, firstOffset+int64(i))
	}
	m.step(Until(log[len(log)-1].OccurredAt))
	m.benchCommit(true)
	calendar := windows.NewCalendar(time.UTC)
	for written := range rows {
		o := orders[order[written%len(order)]]
		seller := fmt.Sprintf("%s-%d", order[written%len(order)][:10], written/len(order))
		key := binary.BigEndian.AppendUint32(state.OrderRecords(seller), uint32(calendar.Date(o.OrderDate))^1<<31)
		m.state.Put(append(key, order[written%len(order)]...), o.Append(nil))
		if m.state.Bytes() > 16<<20 || written == rows-1 {
			m.commits++
			m.must(m.state.Checkpoint(state.Saved{Position: m.commits}))
		}
	}
}
