package pages

import (
	"net/http"
	"net/url"
	"strings"

	"sellerpulse/pkg/outputs"
)

// Where pages are. Ids are whatever a marketplace has: in a path they are escaped. Browsers and proxies take "." and ".." out of paths, escaped or not, an
// empty id is no part of one, and of "/" alone [http.ServeMux] thinks, even where it is escaped, that the path ends with it: such ids go into the query.

// fits is whether an id can be a part of a path.
func fits(id string) bool { return id != "" && id != "." && id != ".." && id != "/" }

func sellerLink(seller string) string {
	if !fits(seller) {
		return "/sellers/?" + url.Values{"id": {seller}}.Encode()
	}
	return "/sellers/" + url.PathEscape(seller)
}

// ruleLink is what is behind a rule of a seller, or behind a part of it.
func ruleLink(seller, rule string, part *string) string {
	query := url.Values{"rule": {rule}}
	if part != nil {
		query.Set("part", *part)
	}
	return with(sellerLink(seller), query) + "#detail"
}

func orderLink(seller, order string) string {
	if !fits(seller) || !fits(order) {
		return "/sellers/?" + url.Values{"id": {seller}, "order": {order}}.Encode()
	}
	return sellerLink(seller) + "/orders/" + url.PathEscape(order)
}

// alertLink is the page of an alert. Its id has slashes, so it fits.
func alertLink(id string) string { return "/alerts/" + url.PathEscape(id) }

// anchor names a place in a page by what it is about, whatever characters that has.
func anchor(kind, id string) string { return kind + "-" + versionOf(id) }

// eventLink is an event behind an order.
func eventLink(seller, order, place string) string {
	return orderLink(seller, order) + "#" + anchor("event", place)
}

// historyLink is what the API tells of a seller's metric by order date. The API has ~ in the place of an id that is in the query.
func historyLink(seller string, query url.Values) string {
	segment := seller
	if !fits(seller) {
		segment = "~"
		query.Set("seller", seller)
	}
	return "/api/v1/sellers/" + url.PathEscape(segment) + "/history?" + query.Encode()
}

// with adds to the query of a page.
func with(link string, query url.Values) string {
	if len(query) == 0 {
		return link
	}
	if strings.Contains(link, "?") {
		return link + "&" + query.Encode()
	}
	return link + "?" + query.Encode()
}

// sellerOf and orderOf are the ids of a request, of its path or its query.
func sellerOf(r *http.Request) string { return inPathOrQuery(r, "seller", "id") }
func orderOf(r *http.Request) string  { return inPathOrQuery(r, "order", "order") }

// alertedOf is the seller of the alert of a request; what is no alert's id is no seller's either.
func alertedOf(r *http.Request) string {
	seller, _, _, _ := outputs.ParseAlertID(r.PathValue("id"))
	return seller
}

func inPathOrQuery(r *http.Request, segment, parameter string) string {
	if id := r.PathValue(segment); id != "" {
		return id
	}
	return r.URL.Query().Get(parameter)
}

// named is the page of a seller or an order that the query names.
func (p *Pages) named(q *request) error {
	switch {
	case !q.Form.Has("id"):
		http.Redirect(q.w, q.Request, "/sellers", http.StatusSeeOther)
		return nil
	case q.Form.Has("order"):
		return p.order(q)
	}
	return p.seller(q)
}
