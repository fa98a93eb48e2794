package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
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
	if got := call(t, nil, "", append(args, "--dry-run")...); got.code != exitDone || !strings.HasPrefix(got.stderr, "checked 4 events in ") {
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
