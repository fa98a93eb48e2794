package api

import (
	"github.com/danielgtaylor/huma/v2"

	"sellerpulse/pkg/outputs"
)

// inQuery is a segment of a path in the place of an id that the query has. Browsers and proxies take "." and ".." out of paths, encoded or not, and some
// refuse or decode a "/". An id may be that segment itself: it is where the query has none.
const inQuery = "~"

// resolve takes an id from the parameter of a query, if that is there.
func resolve(c huma.Context, parameter string, id *string, inQueryIs string) error {
	u := c.URL()
	switch {
	case !u.Query().Has(parameter):
		return nil
	case inQueryIs == "":
		return &huma.ErrorDetail{Location: "query." + parameter, Message: "it is empty: give an id"}
	case *id != inQuery && *id != inQueryIs:
		return &huma.ErrorDetail{Location: "query." + parameter, Message: "the path has another id: put " + inQuery + " in its place", Value: inQueryIs}
	}
	*id = inQueryIs
	return nil
}

// errorsOf are those that are.
func errorsOf(all ...error) (errs []error) {
	for _, err := range all {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// SellerPath is who is asked about.
type SellerPath struct {
	Seller        string `path:"seller" example:"S1" doc:"The seller's id, or ~ for the one that the query has."`
	SellerInQuery string `query:"seller" doc:"The seller's id, where the path has ~ in its place: for ids that not every program or proxy leaves as they are in a path, such as . and .. or one with a /."`
}

func (in *SellerPath) about() (about About, ok bool) { return About{Seller: in.Seller}, true }

// Resolve implements huma.Resolver.
func (in *SellerPath) Resolve(c huma.Context) []error {
	return errorsOf(resolve(c, "seller", &in.Seller, in.SellerInQuery))
}

// OrderPath is which order is asked about.
type OrderPath struct {
	SellerPath
	Order        string `path:"order" example:"O1" doc:"The order's id, or ~ for the one that the query has."`
	OrderInQuery string `query:"order" doc:"The order's id, where the path has ~ in its place."`
}

// Resolve implements huma.Resolver.
func (in *OrderPath) Resolve(c huma.Context) []error {
	return errorsOf(resolve(c, "seller", &in.Seller, in.SellerInQuery), resolve(c, "order", &in.Order, in.OrderInQuery))
}

// AlertPath is which alert is asked about.
type AlertPath struct {
	ID        string `path:"id" example:"S1/odr/3" doc:"The alert's id, S1%2Fodr%2F3: its slashes are encoded; or ~ for the one that the query has."`
	IDInQuery string `query:"id" doc:"The alert's id, where the path has ~ in its place."`
}

// about implements aboutState: the orders behind an alert are in its seller's state, the alert itself is published.
func (in *AlertPath) about() (about About, ok bool) {
	seller, _, _, ok := outputs.ParseAlertID(in.ID)
	return About{Seller: seller, Partly: true}, ok
}

// Resolve implements huma.Resolver.
func (in *AlertPath) Resolve(c huma.Context) []error {
	return errorsOf(resolve(c, "id", &in.ID, in.IDInQuery))
}
