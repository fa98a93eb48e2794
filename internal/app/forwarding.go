package app

import (
	"net/http"

	"sellerpulse/internal/web/api"
	"sellerpulse/internal/web/forward"
)

// forwarding has questions answered where the state is: here, or by another process.
type forwarding struct {
	forward *forward.Forwarder
	count   func() int32                                      // of partitions; 0 while it is not known
	of      func(seller string) (partition int32, known bool) // where a seller is
}

// page is for pages, which have a part without the state. Where it is not known where a seller is, they are made here.
func (f *forwarding) page(w http.ResponseWriter, r *http.Request, seller string, page http.Handler) {
	if partition, known := f.of(seller); known {
		f.forward.ServeOr(w, r, partition, page, page)
		return
	}
	page.ServeHTTP(w, r)
}

// elsewhere is for programs: it tells whether the question was answered, or that nobody answers it.
func (f *forwarding) elsewhere(w http.ResponseWriter, r *http.Request, about api.About) (answered bool) {
	partition, known := f.partition(about)
	if !known {
		return false
	}
	answered = true
	var here, otherwise http.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { answered = false }), nil
	if about.Partly {
		otherwise = here
	}
	f.forward.ServeOr(w, r, partition, here, otherwise)
	return answered
}

func (f *forwarding) partition(about api.About) (partition int32, known bool) {
	if about.Partition != nil {
		return *about.Partition, *about.Partition < f.count()
	}
	return f.of(about.Seller)
}
