package store

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/agon-chain/agon/gateway/keys"
)

// Customers implements [keys.Store].
func (s *Store) Customers(ctx context.Context, id string) ([]keys.Customer, error) {
	rows, err := s.db.QueryContext(ctx, s.rebind(`SELECT c.id, c.name, c.account, c.credits, c.created,
		CAST(COALESCE((SELECT SUM(l.amount - l.spent) FROM leases l WHERE l.customer = c.id), 0) AS BIGINT)
		FROM customers c WHERE ? = '' OR c.id = ? ORDER BY c.created, c.id`), id, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []keys.Customer{}
	for rows.Next() {
		var c keys.Customer
		var at int64
		if err := rows.Scan(&c.ID, &c.Name, &c.Account, &c.Credits, &at, &c.Leased); err != nil {
			return nil, err
		}
		c.Created = time.UnixMicro(at).UTC()
		out = append(out, c)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if id != "" && len(out) == 0 {
		return nil, fmt.Errorf("%w: customer %.40q", keys.ErrNotFound, id)
	}
	return out, nil
}

// PutCustomer implements [keys.Store].
func (s *Store) PutCustomer(ctx context.Context, c keys.Customer, note keys.Change) error {
	return s.tx(ctx, func(t *tx) error {
		if _, err := t.note(ctx, note); err != nil {
			return err
		}
		_, err := t.exec(ctx, `INSERT INTO customers (id, name, account, credits, created) VALUES (?, ?, ?, 0, ?)`, c.ID, c.Name, c.Account, c.Created.UnixMicro())
		return err
	})
}

// Credit implements [keys.Store].
func (s *Store) Credit(ctx context.Context, customer string, amount int64, note keys.Change) (keys.Customer, error) {
	if amount == 0 || amount == math.MinInt64 || amount > keys.MaxAmount {
		return keys.Customer{}, fmt.Errorf("%w: amount: %d nagon is not between 1 and %d, or below 0 to take away", keys.ErrInvalid, amount, int64(keys.MaxAmount))
	}
	err := s.tx(ctx, func(t *tx) error {
		var credits int64
		switch n, err := t.count(ctx, `SELECT credits FROM customers WHERE id = ?`+s.lock(), &credits, customer); {
		case err != nil:
			return err
		case n == 0:
			return fmt.Errorf("%w: customer %.40q", keys.ErrNotFound, customer)
		case amount < 0 && credits < -amount:
			return fmt.Errorf("%w: %d nagon are not leased, %d were to be taken", keys.ErrNoCredits, credits, -amount)
		case amount > 0 && credits > keys.MaxAmount-amount:
			return fmt.Errorf("%w: amount: the account would hold more than %d nagon", keys.ErrInvalid, int64(keys.MaxAmount))
		}
		if _, err := t.exec(ctx, `UPDATE customers SET credits = credits + ? WHERE id = ?`, amount, customer); err != nil {
			return err
		}
		_, err := t.note(ctx, note)
		return err
	})
	if err != nil {
		return keys.Customer{}, err
	}
	all, err := s.Customers(ctx, customer)
	if err != nil {
		return keys.Customer{}, err
	}
	return all[0], nil
}

// count reads one number, and says whether there was a row.
func (t *tx) count(ctx context.Context, q string, into *int64, args ...any) (int, error) {
	rows, err := t.query(ctx, q, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		if err := rows.Scan(into); err != nil {
			return 0, err
		}
		n++
	}
	return n, rows.Err()
}
