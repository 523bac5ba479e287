package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/agon-chain/agon/gateway/keys"
)

// Extend implements [keys.Store].
func (s *Store) Extend(ctx context.Context, l keys.Lease, least, most uint64, expires time.Time) (give uint64, err error) {
	err = s.tx(ctx, func(t *tx) error {
		left, broke, err := t.left(ctx, &l)
		if err != nil {
			return err
		}
		if left < least {
			return broke
		}
		give = max(least, min(most, left/4))
		if err := t.take(ctx, &l, int64(give)); err != nil {
			return err
		}
		if l.Amount == 0 {
			_, err = t.exec(ctx, `INSERT INTO leases (id, process, customer, key_id, window_name, amount, spent, expires) VALUES (?, ?, ?, ?, ?, ?, 0, ?)`,
				l.ID, l.Process, l.Customer, l.Key, l.Window, int64(give), expires.UnixMicro())
			return err
		}
		n, err := t.exec(ctx, `UPDATE leases SET amount = amount + ?, expires = ? WHERE id = ?`, int64(give), expires.UnixMicro(), l.ID)
		if err == nil && n == 0 {
			err = keys.ErrLeaseLost
		}
		return err
	})
	return give, err
}

// left is what a lease could still take, holding customer and window until the transaction ends, and the error for who needs more.
func (t *tx) left(ctx context.Context, l *keys.Lease) (left uint64, broke error, err error) {
	var credits, used int64
	n, err := t.count(ctx, `SELECT credits FROM customers WHERE id = ?`+t.s.lock(), &credits, l.Customer)
	if err != nil {
		return 0, nil, err
	}
	if n == 0 {
		return 0, nil, fmt.Errorf("%w: customer %.40q", keys.ErrNotFound, l.Customer)
	}
	if _, err := t.exec(ctx, `INSERT INTO windows (key_id, name, used) VALUES (?, ?, 0) ON CONFLICT DO NOTHING`, l.Key, l.Window); err != nil {
		return 0, nil, err
	}
	if _, err := t.count(ctx, `SELECT used FROM windows WHERE key_id = ? AND name = ?`+t.s.lock(), &used, l.Key, l.Window); err != nil {
		return 0, nil, err
	}
	if room := l.Budget - min(l.Budget, uint64(used)); l.Budget > 0 && room < uint64(credits) {
		return room, keys.ErrOverBudget, nil
	}
	return uint64(credits), keys.ErrNoCredits, nil
}

func (t *tx) take(ctx context.Context, l *keys.Lease, amount int64) error {
	if _, err := t.exec(ctx, `UPDATE customers SET credits = credits - ? WHERE id = ?`, amount, l.Customer); err != nil {
		return err
	}
	_, err := t.exec(ctx, `UPDATE windows SET used = used + ? WHERE key_id = ? AND name = ?`, amount, l.Key, l.Window)
	return err
}

// Renew implements [keys.Store].
func (s *Store) Renew(ctx context.Context, ids []string, expires time.Time) (map[string]bool, error) {
	stands := map[string]bool{}
	err := s.tx(ctx, func(t *tx) error {
		for _, id := range slices.Sorted(slices.Values(ids)) {
			n, err := t.exec(ctx, `UPDATE leases SET expires = ? WHERE id = ?`, expires.UnixMicro(), id)
			if err != nil {
				return err
			}
			stands[id] = n > 0
		}
		return nil
	})
	return stands, err
}

// keepBatches is how long the number of a process's last batch is kept: longer than any process tries to write one.
const keepBatches = 30 * 24 * time.Hour

// Reclaim implements [keys.Store].
func (s *Store) Reclaim(ctx context.Context, before time.Time) (int, error) {
	if _, err := s.db.ExecContext(ctx, s.rebind(`DELETE FROM batches WHERE applied < ?`), before.Add(-keepBatches).UnixMicro()); err != nil {
		return 0, err
	}
	return s.end(ctx, before.UnixMicro(), `SELECT id, customer FROM leases WHERE expires < ? ORDER BY id LIMIT 1000`, before.UnixMicro())
}

// Bury implements [keys.Store].
func (s *Store) Bury(ctx context.Context, process string) (int, error) {
	return s.end(ctx, never, `SELECT id, customer FROM leases WHERE process = ? ORDER BY id`, process)
}

// end gives back the leases that a query finds, where they still expire before a time.
func (s *Store) end(ctx context.Context, before int64, q string, args ...any) (n int, err error) {
	found, err := s.found(ctx, q, args...)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	err = s.tx(ctx, func(t *tx) error {
		n = 0
		if err := t.lockCustomers(ctx, found); err != nil {
			return err
		}
		for _, l := range found {
			done, err := t.giveBack(ctx, l.ID, before)
			if err != nil {
				return err
			}
			if done {
				n++
			}
		}
		return nil
	})
	return n, err
}

func (s *Store) found(ctx context.Context, q string, args ...any) ([]*keys.Lease, error) {
	rows, err := s.db.QueryContext(ctx, s.rebind(q), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*keys.Lease
	for rows.Next() {
		var l keys.Lease
		if err := rows.Scan(&l.ID, &l.Customer); err != nil {
			return nil, err
		}
		out = append(out, &l)
	}
	return out, rows.Err()
}

// giveBack ends a lease that expires before a time. The row's own amounts count, not what anybody remembers of it.
func (t *tx) giveBack(ctx context.Context, id string, before int64) (bool, error) {
	rows, err := t.query(ctx, `DELETE FROM leases WHERE id = ? AND expires < ? RETURNING customer, key_id, window_name, amount - spent`, id, before)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	var customer, key, window string
	var left int64
	ended := false
	for rows.Next() {
		if err := rows.Scan(&customer, &key, &window, &left); err != nil {
			return false, err
		}
		ended = true
	}
	if err := rows.Err(); err != nil || !ended {
		return false, err
	}
	if _, err := t.exec(ctx, `UPDATE customers SET credits = credits + ? WHERE id = ?`, left, customer); err != nil {
		return false, err
	}
	_, err = t.exec(ctx, `UPDATE windows SET used = used - ? WHERE key_id = ? AND name = ?`, left, key, window)
	return true, err
}

const never = 1<<63 - 1

// Apply implements [keys.Store].
func (s *Store) Apply(ctx context.Context, b *keys.Batch) error {
	return s.tx(ctx, func(t *tx) error {
		n, err := t.exec(ctx, `INSERT INTO batches (process, number, applied) VALUES (?, ?, ?)
			ON CONFLICT (process) DO UPDATE SET number = excluded.number, applied = excluded.applied WHERE batches.number < excluded.number`,
			b.Process, b.Number, time.Now().UnixMicro())
		if err != nil || n == 0 { // zero: it was applied, and its process did not hear of it
			return err
		}
		if err := t.lockCustomers(ctx, b.Close); err != nil {
			return err
		}
		byID := func(a, b *keys.Lease) int { return cmp.Compare(a.ID, b.ID) }
		usage := maps.Clone(b.Usage)
		for _, l := range slices.SortedFunc(maps.Keys(b.Spent), byID) {
			lacks, err := t.spend(ctx, l, b.Spent[l])
			if err != nil {
				return err
			}
			uncharge(usage, l.Key, lacks)
		}
		for _, l := range slices.SortedFunc(slices.Values(b.Close), byID) {
			if _, err := t.giveBack(ctx, l.ID, never); err != nil {
				return err
			}
		}
		byKey := func(a, b keys.UsageKey) int {
			return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Model, b.Model), cmp.Compare(a.Miner, b.Miner))
		}
		for _, k := range slices.SortedFunc(maps.Keys(usage), byKey) {
			if err := t.use(ctx, k, usage[k]); err != nil {
				return err
			}
		}
		return nil
	})
}

// lockCustomers holds the customers to whom leases go back before those leases, in the order in which Extend takes both.
func (t *tx) lockCustomers(ctx context.Context, leases []*keys.Lease) error {
	ids := map[string]struct{}{}
	for _, l := range leases {
		ids[l.Customer] = struct{}{}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		var credits int64
		if _, err := t.count(ctx, `SELECT credits FROM customers WHERE id = ?`+t.s.lock(), &credits, id); err != nil {
			return err
		}
	}
	return nil
}

// spend marks a part of a lease as spent, and says how much of it nobody pays.
func (t *tx) spend(ctx context.Context, l *keys.Lease, amount uint64) (lacks uint64, err error) {
	n, err := t.exec(ctx, `UPDATE leases SET spent = spent + ? WHERE id = ?`, int64(amount), l.ID)
	if err != nil || n > 0 {
		return 0, err
	}
	left, _, err := t.left(ctx, l)
	if err != nil {
		return 0, err
	}
	charge := min(amount, left)
	return amount - charge, t.take(ctx, l, int64(charge))
}

// uncharge moves an amount of a key's cost to what is not charged.
func uncharge(usage map[keys.UsageKey]keys.UsageSum, key string, amount uint64) {
	for k, u := range usage {
		if k.Key == key && amount > 0 {
			part := min(u.Cost, amount)
			u.Cost -= part
			u.Uncharged += part
			usage[k] = u
			amount -= part
		}
	}
}
