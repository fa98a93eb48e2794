// Package view has what is published in short, so that lists and the overview of all sellers are answered by any process from the output topics alone, also
// while the owner of a partition is away: where each seller stands by its latest report, and the recent alerts.
//
//	v := view.New(view.Options{Client: client, SellerHealth: "seller-health", Alerts: "alerts"})
//	go v.Run(ctx)
//	…
//	page, err := v.Sellers(view.Query{Status: []rules.Status{rules.StatusAtRisk}})
//
// Another view, of the dead letters, has how many there were in the last days, of what and from where.
//
// A whole report, and an alert that is not recent any more, are read from their topic when they are asked for. What a state rests on, and the orders behind a
// number, only tasks know.
//
// Invariants:
//   - A seller is as its latest report says that was read; no two places of the view differ on it. An answer is of one moment, and says of which.
//   - A seller's place in each order of sellers is unique, so that a page begins where the one before ended, whatever happens in between.
//   - Of a partition of alerts a prefix has been read. So the next offsets of the partitions tell which alerts somebody has seen, in whatever order they
//     came from different partitions, and another process can go on from them.
//   - The lock is held neither while a broker is waited for nor while sellers are looked through: that is done in a copy, which is made by sharing.
//   - A filter reads columns of all sellers, and sellers themselves only where they are found, or their rules are too many for columns.
//   - Sellers, alerts, their bytes, rules, pages and simultaneous reads have bounds, and what is beyond a bound is counted.
package view
