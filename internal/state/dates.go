package state

import (
	"slices"

	"sellerpulse/pkg/windows"
)

// SetDate notes that a seller has orders of a date.
func (s *Store) SetDate(date windows.Date, seller *Seller) {
	if noted := (place{true, date}); seller.noted != noted { // Most orders come on the day of the one before.
		seller.noted = noted
		s.key = appendDateKey(s.key[:0], date, seller.ID)
		s.Partition.Set(s.key, []byte{})
	}
}

// ForgetDates takes back what SetDate did of all dates before one, none of which has an order any more.
func (s *Store) ForgetDates(before windows.Date) {
	s.Partition.DeleteRange([]byte{tagDate}, appendDate([]byte{tagDate}, before))
}

// NextDate is the earliest date, from one on, of which any seller has orders.
func (s *Store) NextDate(from windows.Date) (date windows.Date, ok bool, err error) {
	err = s.Partition.Scan(appendDate([]byte{tagDate}, from), []byte{tagDate + 1}, func(key, _ []byte) (bool, error) {
		date, _, err = cutDate(key[1:])
		ok = err == nil
		return false, err
	})
	return date, ok, err
}

// DatedSellers finds the sellers that have orders of any of some dates, in the order of their ids. It holds no more than a page of each date.
type DatedSellers struct {
	store *Store
	page  int
	dates []datedSellers
}

// datedSellers is the next sellers of a date.
type datedSellers struct {
	date   windows.Date
	prefix []byte
	ids    []string
	all    bool // there is no further page
}

// SellersOf begins to find the sellers of some dates, so many of each at once. They may change while it does, behind where it is.
func (s *Store) SellersOf(dates []windows.Date, page int) *DatedSellers {
	d := &DatedSellers{store: s, page: page}
	for _, date := range dates {
		d.dates = append(d.dates, datedSellers{date: date, prefix: appendDate([]byte{tagDate}, date)})
	}
	return d
}

// From is the first seller whose id is not less than one, which must not be less than that of an earlier call; false where there is none.
func (d *DatedSellers) From(id string) (first string, ok bool, err error) {
	for i := range d.dates {
		date := &d.dates[i]
		if err := d.skip(date, id); err != nil {
			return "", false, err
		}
		if len(date.ids) > 0 && (!ok || date.ids[0] < first) {
			first, ok = date.ids[0], true
		}
	}
	return first, ok, nil
}

// Between is whether the seller that From found last has orders of any of the dates from one to another, of those that are looked at.
func (d *DatedSellers) Between(id string, first, last windows.Date) bool {
	for i := range d.dates {
		date := &d.dates[i]
		if first <= date.date && date.date <= last && len(date.ids) > 0 && date.ids[0] == id {
			return true
		}
	}
	return false
}

// skip passes over the sellers before an id.
func (d *DatedSellers) skip(date *datedSellers, id string) error {
	for {
		for len(date.ids) > 0 && date.ids[0] < id {
			date.ids = date.ids[1:]
		}
		if len(date.ids) > 0 || date.all {
			return nil
		}
		if err := d.read(date, id); err != nil {
			return err
		}
	}
}

// read reads the page of a date that begins with an id.
func (d *DatedSellers) read(date *datedSellers, from string) error {
	date.ids, date.all = nil, true
	n := len(date.prefix)
	return d.store.Partition.Scan(append(date.prefix[:n:n], from...), after(date.prefix), func(key, _ []byte) (bool, error) {
		if len(date.ids) == d.page {
			date.all = false
			return false, nil
		}
		date.ids = append(date.ids, string(key[n:]))
		return true, nil
	})
}

// KnownSellers finds the sellers that have had a placed order, in the order of their ids, those too that are not saved. It holds no more than a page of
// those that are.
type KnownSellers struct {
	store *Store
	page  int
	ids   []string
	all   bool // there is no further page
}

// KnownSellers begins to find the known sellers, so many at once. None may become known while it does.
func (s *Store) KnownSellers(page int) *KnownSellers { return &KnownSellers{store: s, page: page} }

// From is the first seller whose id is not less than one, which must not be less than that of an earlier call; false where there is none.
func (k *KnownSellers) From(id string) (first string, ok bool, err error) {
	for {
		for len(k.ids) > 0 && k.ids[0] < id {
			k.ids = k.ids[1:]
		}
		if len(k.ids) > 0 {
			return k.ids[0], true, nil
		}
		if k.all {
			return "", false, nil
		}
		if err := k.read(id); err != nil {
			return "", false, err
		}
	}
}

// read reads the page that begins with an id, and those among it that are not saved.
func (k *KnownSellers) read(from string) error {
	k.ids, k.all = nil, true
	err := k.store.Partition.ScanStored(SellerRecord(from), []byte{tagSeller + 1}, func(key, _ []byte) (bool, error) {
		if len(k.ids) == k.page {
			k.all = false
			return false, nil
		}
		k.ids = append(k.ids, string(key[1:]))
		return true, nil
	})
	last := ""
	if !k.all {
		last = k.ids[len(k.ids)-1]
	}
	for _, seller := range k.store.unsaved {
		if seller.Known && seller.ID >= from && (k.all || seller.ID <= last) {
			k.ids = append(k.ids, seller.ID)
		}
	}
	slices.Sort(k.ids)
	k.ids = slices.Compact(k.ids)
	return err
}
