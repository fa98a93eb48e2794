package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"sellerpulse/internal/app"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/web/forward"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// processVariable has the test binary be another process of a site, as it says.
const processVariable = "SELLERPULSE_TEST_PROCESS"

// another is another process of a site.
type another struct {
	Brokers           []string
	Prefix, Directory string
	Standbys          int
}

// sharing has a service share the partitions with others: so many copies of each state, and who dies is missed after the least that Kafka allows.
func sharing(o app.Options, standbys int) app.Options {
	o.Worker.Standbys, o.Worker.SessionTimeout, o.Listen = standbys, 6*time.Second, "127.0.0.1:0"
	return o
}

// serveProcess serves until standard input ends, which it does with whoever started it.
func serveProcess() int {
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	var o another
	err := json.Unmarshal([]byte(os.Getenv(processVariable)), &o)
	var options app.Options
	if err == nil {
		options, err = optionsOf(o.Brokers, o.Prefix, o.Directory)
	}
	var a *app.App
	if err == nil {
		a, err = app.New(ctx, sharing(options, o.Standbys))
	}
	if err == nil {
		err = a.Run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// start starts it, and gives what kills it.
func (o *another) start(t testing.TB) (kill func()) {
	t.Helper()
	told, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), processVariable+"="+string(told)), os.Stderr
	if _, err = cmd.StdinPipe(); err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = cmd.Process.Kill() // It may have been killed before.
		_ = cmd.Wait()
	}
	t.Cleanup(kill)
	return kill
}

// division is who has which partition, as a process tells.
type division struct {
	Stale      bool
	Partitions []struct{ Owner, Standby *struct{ Self bool } }
}

// elsewhere is a seller whose partition another process has. It waits until each has one of two.
func (s *site) elsewhere(t testing.TB, sellers []string) (seller string) {
	t.Helper()
	var d division
	enginetest.Eventually(t, "each process has one partition", func() bool {
		getJSON(t, s.url+"/api/v1/peers", &d)
		return !d.Stale && len(d.Partitions) == 2 && d.Partitions[0].Owner != nil && d.Partitions[1].Owner != nil && d.Partitions[0].Owner.Self != d.Partitions[1].Owner.Self
	})
	for _, seller := range sellers {
		if !d.Partitions[stream.PartitionFor([]byte(seller), s.partitions)].Owner.Self {
			return seller
		}
	}
	t.Fatal("this process has all sellers")
	return ""
}

// role is what the process that answers about a seller is to its partition; empty where nobody does from its state, or there is no such seller yet.
func (s *site) role(t testing.TB, seller string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/sellers/"+seller, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return ""
	}
	return response.Header.Get(forward.AnsweredAsHeader)
}

// When the process is killed that has a seller's partition, the pages of another one say as of when they are, tell what is behind a number from a copy of the
// state or else that it is not at hand, and are up to date again by themselves once that process has taken over.
func TestKilledOwner(t *testing.T) {
	t.Parallel()
	for name, standbys := range map[string]int{"with a copy of its state": 1, "without": 0} {
		t.Run(name, func(t *testing.T) {
			parallel(t)
			killedOwner(t, standbys)
		})
	}
}

func killedOwner(t *testing.T, standbys int) {
	broker := brokertest.Kafka(t)
	s, now := newSite(t, broker, 2), moment(time.Now().UnixMilli())
	kill := (&another{Brokers: broker.Addresses, Prefix: broker.Prefix, Directory: t.TempDir(), Standbys: standbys}).start(t)
	s.options = sharing(s.options, standbys)
	s.serve(t, nil)
	sellers := []string{"A", "B", "C", "D", "E", "F"}
	var all []events.Event
	for _, seller := range sellers {
		all = append(all, now.orders(seller, 0, 20, 0)...)
	}
	s.produce(t, all)
	seller := s.elsewhere(t, sellers)
	role := map[int]string{0: "owner", 1: "standby"}[standbys]
	counts := func(text string) string {
		return "document.querySelector('.number .quiet')?.textContent.startsWith(" + inScript(text) + ")"
	}
	opened, late := open(t, s.url, look{language: "en"}), open(t, s.url, look{width: 360, language: "en", dark: true})
	enginetest.Eventually(t, "the page is answered by the "+role, func() bool { return s.role(t, seller) == role })
	path := "/sellers/" + seller + "?rule=late-shipment-10d"
	opened.visit(path)
	opened.await(counts("0 / 20"))
	asOf := opened.text(".title .quiet")
	opened.isTrue("it says as of when it is", "/^as of \\d{4}-/.test("+inScript(asOf)+")")

	kill()
	s.produce(t, now.orders(seller, 20, 40, 40))
	late.visit(path)
	for _, tb := range []*tab{opened, late} {
		is[any](tb, "window.stays = true")
		tb.isTrue("it says as of when it is, and has what is behind the number or says that it has not",
			"document.querySelector('.title .quiet').textContent.startsWith('as of 20') && (document.querySelector('#orders') ?? document.querySelector('.notice')) !== null")
	}
	if says := is[bool](late, "document.querySelector('main .notice') !== null"); standbys == 1 && says {
		t.Error("a copy of the state is not asked for what is behind the number")
	}
	late.checkLayout()
	late.checkAccess()
	for _, tb := range []*tab{opened, late} {
		tb.await(counts("20 / 40") + " && document.querySelector('main .notice') === null && document.querySelector('h1 + .pill').textContent === 'Under review'")
		tb.isTrue("it was never left, and is of later", "window.stays && document.querySelector('.title .quiet').textContent > "+inScript(asOf))
	}
}
