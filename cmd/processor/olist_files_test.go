package main

import (
	"crypto/md5"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The files of Olist's dataset that its mapping reads, as they begin.
var olistHeads = map[string]string{
	"olist_orders_dataset.csv": `"order_id","customer_id","order_status","order_purchase_timestamp","order_approved_at",` +
		`"order_delivered_carrier_date","order_delivered_customer_date","order_estimated_delivery_date"`,
	"olist_order_items_dataset.csv":   `"order_id","order_item_id","product_id","seller_id","shipping_limit_date","price","freight_value"`,
	"olist_order_reviews_dataset.csv": `"review_id","order_id","review_score","review_comment_title","review_comment_message","review_creation_date","review_answer_timestamp"`,
	//nolint:misspell // So it is written there.
	"olist_products_dataset.csv": `"product_id","product_category_name","product_name_lenght","product_description_lenght","product_photos_qty",` +
		`"product_weight_g","product_length_cm","product_height_cm","product_width_cm"`,
}

// olistOrder is a row of the orders, with times as there.
type olistOrder struct{ id, status, purchased, shipped, delivered, estimated string }

// olistFiles are rows by the names of their files, each of which ends a line.
type olistFiles struct {
	orders []*olistOrder
	byID   map[string]*olistOrder
	rows   map[string][]string
	seen   map[string]bool // rows that there are once, whoever asks for them
}

// newOlistFiles makes rows of the real orders' events: what Olist had when all these had happened, and nothing else. What the events do not have, such as
// prices and comments, is anything.
func newOlistFiles(events []map[string]any) *olistFiles {
	f := &olistFiles{byID: map[string]*olistOrder{}, rows: map[string][]string{}, seen: map[string]bool{}}
	for _, e := range events {
		f.add(e)
	}
	for _, o := range f.orders {
		f.row("olist_orders_dataset.csv", `"%s","%x","%s",%s,%s,%s,%s,%s`, o.id, md5.Sum([]byte(o.id)), o.status, o.purchased, o.purchased, o.shipped, o.delivered, o.estimated)
	}
	return f
}

func (f *olistFiles) row(file, format string, values ...any) {
	if row := fmt.Sprintf(format+"\n", values...); !f.seen[row] {
		f.seen[row] = true
		f.rows[file] = append(f.rows[file], row)
	}
}

func (f *olistFiles) add(e map[string]any) {
	text := func(name string) string { return e[name].(string) }
	at := func(name string) string { return strings.TrimSuffix(strings.Replace(text(name), "T", " ", 1), "Z") }
	id := text("order_id")
	o := f.byID[id]
	if o == nil {
		o = &olistOrder{id: id, status: "processing"}
		f.orders, f.byID[id] = append(f.orders, o), o
	}
	switch text("topic") + " " + text("kind") {
	case "orders PLACED":
		o.purchased, o.estimated = at("order_date"), at("deliver_by")[:len(time.DateOnly)]+" 00:00:00"
		for _, i := range e["items"].([]any) {
			f.item(id, text("seller_id"), at("ship_by"), i.(map[string]any))
		}
	case "orders CANCELLED":
		o.status = map[string]string{"SELLER": "unavailable", "BUYER": "canceled"}[text("cancelled_by")]
	case "shipments CONFIRMED":
		o.shipped, o.status = at("occurred_at"), strings.Replace(o.status, "processing", "shipped", 1)
	case "shipments DELIVERED":
		o.delivered, o.status = at("occurred_at"), strings.Replace(o.status, "shipped", "delivered", 1)
	case "feedback LEFT": // Its id ends with some letters of the seller's; of an order of several sellers it is one review.
		review := text("feedback_id")[:12]
		f.row("olist_order_reviews_dataset.csv", `"%s","%s",%v,,%s,%s,%s`, review, id, e["rating"], comment(review), at("occurred_at"), at("occurred_at"))
	}
}

// comment is what a buyer may write, as the file has it.
func comment(review string) string {
	return []string{"", `"Recebi bem antes do prazo estipulado."`, "\"Não chegou,\r\nainda \"\"espero\"\"\""}[len(strings.Trim(review, "0123456789"))%3]
}

func (f *olistFiles) item(order, seller, limit string, item map[string]any) {
	line := item["product_line"].(string)
	product := md5.Sum([]byte(line))
	f.row("olist_order_items_dataset.csv", `"%s",%v,"%x","%s",%s,58.90,13.29`, order, item["item_id"], product, seller, limit)
	if line == "unknown" {
		f.row("olist_products_dataset.csv", `"%x",,,,,649,17,14,12`, product)
	} else {
		f.row("olist_products_dataset.csv", `"%x","%s",40,287,1,225,16,10,14`, product, line)
	}
}

// write writes the files into a folder.
func (f *olistFiles) write(t *testing.T, folder string) {
	t.Helper()
	for file, head := range olistHeads {
		if len(f.rows[file]) == 0 {
			t.Fatalf("%s has no row", file)
		}
		if err := os.WriteFile(filepath.Join(folder, file), []byte(head+"\n"+strings.Join(f.rows[file], "")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
