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
func (s *Store) Extend(ctx context.Context, l keys.Lease, budget, least, most uint64, expires time.Time) (give uint64, err error) {
	err = s.tx(ctx, func(t *tx) error {
		var credits, used int64
		n, err := t.count(ctx, `SELECT credits FROM customers WHERE id = ?`+s.lock(), &credits, l.Customer)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%w: customer %.40q", keys.ErrNotFound, l.Customer)
		}
		if _, err := t.exec(ctx, `INSERT INTO windows (key_id, name, used) VALUES (?, ?, 0) ON CONFLICT DO NOTHING`, l.Key, l.Window); err != nil {
			return err
		}
		if _, err := t.count(ctx, `SELECT used FROM windows WHERE key_id = ? AND name = ?`+s.lock(), &used, l.Key, l.Window); err != nil {
			return err
		}
		left := uint64(credits)
		if left < least {
			return keys.ErrNoCredits
		}
		if budget > 0 {
			room := budget - min(budget, uint64(used))
			if room < least {
				return keys.ErrOverBudget
			}
			left = min(left, room)
		}
		give = max(least, min(most, left/4))
		if _, err := t.exec(ctx, `UPDATE customers SET credits = credits - ? WHERE id = ?`, int64(give), l.Customer); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `UPDATE windows SET used = used + ? WHERE key_id = ? AND name = ?`, int64(give), l.Key, l.Window); err != nil {
			return err
		}
		_, err = t.exec(ctx, `INSERT INTO leases (id, process, customer, key_id, window_name, amount, spent, expires) VALUES (?, ?, ?, ?, ?, ?, 0, ?)
			ON CONFLICT (id) DO UPDATE SET amount = leases.amount + excluded.amount, expires = excluded.expires`,
			l.ID, l.Process, l.Customer, l.Key, l.Window, int64(give), expires.UnixMicro())
		return err
	})
	return give, err
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

// Reclaim implements [keys.Store].
func (s *Store) Reclaim(ctx context.Context, before time.Time) (n int, err error) {
	rows, err := s.db.QueryContext(ctx, s.rebind(`SELECT id FROM leases WHERE expires < ? ORDER BY id LIMIT 1000`), before.UnixMicro())
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return 0, err
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil || len(ids) == 0 {
		return 0, err
	}
	err = s.tx(ctx, func(t *tx) error {
		n = 0
		for _, id := range ids {
			done, err := t.giveBack(ctx, id, before.UnixMicro())
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
		byID := func(a, b *keys.Lease) int { return cmp.Compare(a.ID, b.ID) }
		for _, l := range slices.SortedFunc(maps.Keys(b.Spent), byID) {
			if err := t.spend(ctx, l, int64(b.Spent[l])); err != nil {
				return err
			}
		}
		for _, l := range slices.SortedFunc(slices.Values(b.Close), byID) {
			if _, err := t.giveBack(ctx, l.ID, never); err != nil {
				return err
			}
		}
		for k, u := range b.Usage {
			if err := t.use(ctx, k, u); err != nil {
				return err
			}
		}
		return nil
	})
}

// spend marks a part of a lease as spent. A lease that was reclaimed meanwhile is charged to what the customer has left.
func (t *tx) spend(ctx context.Context, l *keys.Lease, amount int64) error {
	n, err := t.exec(ctx, `UPDATE leases SET spent = spent + ? WHERE id = ?`, amount, l.ID)
	if err != nil || n > 0 {
		return err
	}
	var credits int64
	if _, err := t.count(ctx, `SELECT credits FROM customers WHERE id = ?`+t.s.lock(), &credits, l.Customer); err != nil {
		return err
	}
	amount = min(amount, credits)
	if _, err := t.exec(ctx, `UPDATE customers SET credits = credits - ? WHERE id = ?`, amount, l.Customer); err != nil {
		return err
	}
	_, err = t.exec(ctx, `UPDATE windows SET used = used + ? WHERE key_id = ? AND name = ?`, amount, l.Key, l.Window)
	return err
}
