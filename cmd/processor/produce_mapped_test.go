package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Reports as a marketplace gives them, one compressed, become events; each file by its name.
func TestProduceMappedFiles(t *testing.T) {
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "2")
	folder := t.TempDir()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write([]byte("amazon-order-id\tpurchase-date\tlast-updated-date\torder-status\tfulfillment-channel\tsku\tquantity\n" +
		"902-1\t2026-01-02T03:04:05Z\t2026-01-04T10:00:00Z\tShipped\tMerchant\tA-1\t1\n"))
	if err == nil {
		err = w.Close()
	}
	for name, text := range map[string][]byte{
		"all-orders.txt.gz": packed.Bytes(), "feedback.txt": []byte("Rating\tOrder ID\tDate\tComments\n1\t902-1\t1/9/26\t\"never came\n"),
	} {
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), text, 0o600)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"produce", "--mapping", "amazon-reports", "--set", "seller=S1", folder}
	if got := call(t, nil, "", append(args, "--dry-run")...); got.code != exitDone || !strings.Contains(got.stdout, "feedback   LEFT            1  2026-01-09 08:00:00") || !regexp.MustCompile(`\nall +4\n$`).MatchString(got.stdout) {
		t.Errorf("produce --dry-run: %+v", got)
	}
	got := call(t, environment, "", args...)
	if got.code != exitDone || !strings.HasPrefix(got.stderr, "sent 4 events in ") || !strings.HasSuffix(got.stderr, ": orders 2, shipments 1, feedback 1\n") {
		t.Fatalf("produce: %+v", got)
	}
	must(t, environment, "", "run", "--until-end")
	if lines := must(t, environment, "", "alerts", "--from-beginning", "--until-end", "--output", "json"); !strings.Contains(lines, `"S1/odr-early/1","kind":"BREACHED"`) {
		t.Errorf("alerts prints %q", lines)
	}
}

// A dry run goes on behind a record or a file that cannot be mapped, and tells all that are wrong.
func TestDryRunOfMappedFiles(t *testing.T) {
	mapping := write(t, "shop.yaml", `mapping: shop
sources:
  - files: "*.csv"
    form: csv
    events: |
      (.at | instant("UTC")) as $at | {topic: "orders", kind: "PLACED", seller_id: .seller, order_id: .order, occurred_at: $at, order_date: $at, channel: "MFN"}
`)
	rows := write(t, "rows.csv", "order,at,seller\nO1,2026-01-02,S1\nO2,never,S1\nO3\nO4,2026-01-02,S1,more\nO5,2026-01-03,S1\n")
	bytes := write(t, "bytes.csv", "order,at,seller\nO6,2026-01-04,S1\nO7,2026-01-05,\xe4\nO8,2026-01-05,S1\n")
	other, last := write(t, "other.csv", "order;at;seller\n"), write(t, "last.csv", "order,at,seller\nO9,2026-01-06,S1\n")
	args := []string{"produce", "--dry-run", "--mapping", mapping, rows, bytes, other, last}
	got := call(t, nil, "", append(args, "--output", "json")...)
	want := `{"events":4,"errors":5,"kinds":[{"topic":"orders","kind":"PLACED","events":4,"first_occurred_at":"2026-01-02T00:00:00.000Z","last_occurred_at":"2026-01-06T00:00:00.000Z"}]}` + "\n"
	if got.code != exitFailed || got.stdout != want {
		t.Errorf("code %d, got %s want %s", got.code, got.stdout, want)
	}
	lines := strings.Split(strings.TrimSpace(got.stderr), "\n")
	for i, want := range []string{rows + ":3: the program fails", rows + ":4: ", rows + ":5: line 5: 4 fields", bytes + ":3: ", other + ": there is one column", "processor: 5 errors"} {
		if len(lines) != 6 || !strings.HasPrefix(lines[i], want) {
			t.Fatalf("stderr %q, want line %d to begin with %q", lines, i, want)
		}
	}
	if got := call(t, nil, "", append(args, "--max-errors", "1")...); strings.Count(got.stderr, "\n") != 2 || !strings.Contains(got.stderr, "4 more than are told") {
		t.Errorf("of one error: %q", got.stderr)
	}
}

func TestProduceMappedNamesTheBadRow(t *testing.T) {
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "1")
	file := write(t, "shop.csv", "order,at,seller\nO1,2026-01-02,S1\nO2,never,S1\nO3,2026-01-02,S1\n")
	mapping := write(t, "shop.yaml", `mapping: shop
sources:
  - form: csv
    events: |
      {topic: "orders", kind: "PLACED", seller_id: .seller, order_id: .order, occurred_at: (.at | instant("UTC")), order_date: (.at | instant("UTC")), channel: "MFN"}
`)
	got := call(t, environment, "", "produce", "--mapping", mapping, file)
	want := "processor: " + file + ":3: the program fails: instant: \"never\" is not as 2026-01-02T03:04:05Z: give its layout, as instant(\"MM/dd/yyyy HH:mm:ss\"; \"UTC\") (0 events before that were sent)\n"
	if got.code != exitFailed || got.stderr != want {
		t.Errorf("code %d, error %q; want %q", got.code, got.stderr, want)
	}
	if got := call(t, environment, "", "produce", "--mapping", "ebay", "--set", "seller=S1", file); got.code != exitFailed || !strings.Contains(got.stderr, "has no source for") {
		t.Errorf("a file of no source: %+v", got)
	}
	json := `[{"orderId":"1","sellerId":"S1","creationDate":"2026-01-02T03:04:05Z","orderPaymentStatus":"PAID","lineItems":[]}] {"orderId":"2","sellerId":"S1","creationDate":"2026-01-02T03:04:05Z","orderPaymentStatus":"PENDING"}`
	if got := call(t, environment, json, "produce", "--mapping", "ebay", "--source", "orders"); got.code != exitDone || !strings.HasSuffix(got.stderr, ": orders 3\n") {
		t.Errorf("documents of standard input: %+v", got)
	}
}

// Of a folder those files are read for which the mapping has a source; its tables lie beside them.
func TestProduceMappedFolder(t *testing.T) {
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("../../mappings/testdata")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(folder)
	args := []string{"produce", "--dry-run", "--mapping", "olist"}
	const none = "mapping olist has no source for any of the files, by their names: give one with --source"
	if got := call(t, nil, "", append(args, ".")...); got.code != exitFailed || !strings.Contains(got.stderr, none) {
		t.Errorf("tables alone: %+v, want %q", got, none)
	}
	const orders = "order_id,order_status,order_purchase_timestamp,order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date\n" +
		"o1,created,2018-01-02 03:04:05,,,2018-01-20 00:00:00\n"
	if err := os.WriteFile("olist_orders_dataset.csv", []byte(orders), 0o600); err != nil {
		t.Fatal(err)
	}
	got := call(t, nil, "", append(args, ".")...)
	if got.code != exitDone || strings.Count(got.stderr, "passed over") != 3 || !strings.Contains(got.stdout, "PLACED") {
		t.Errorf("a folder: %+v", got)
	}
	if got := call(t, nil, "", append(args, "olist_order_items_dataset.csv")...); got.code != exitFailed || !strings.Contains(got.stderr, "occurred_at is missing") {
		t.Errorf("a table that is named is read as all others: %+v", got)
	}
}
