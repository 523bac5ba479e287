package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/agon-chain/agon/gateway/keys"
)

const keyColumns = `SELECT seq, hash, body FROM keys`

// KeysSince implements [keys.Store].
func (s *Store) KeysSince(ctx context.Context, seq int64) ([]keys.Key, error) {
	rows, err := s.db.QueryContext(ctx, s.rebind(keyColumns+` WHERE seq > ? ORDER BY seq`), seq)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []keys.Key
	for rows.Next() {
		k, err := scanKey(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, rows.Err()
}

// Key implements [keys.Store].
func (s *Store) Key(ctx context.Context, id string) (keys.Key, error) {
	return found("key", id)(scanKey(s.db.QueryRowContext(ctx, s.rebind(keyColumns+` WHERE id = ?`), id)))
}

func found(kind, id string) func(keys.Key, error) (keys.Key, error) {
	return func(k keys.Key, err error) (keys.Key, error) {
		if errors.Is(err, sql.ErrNoRows) {
			err = fmt.Errorf("%w: %s %.40q", keys.ErrNotFound, kind, id)
		}
		return k, err
	}
}

func scanKey(row interface{ Scan(...any) error }) (k keys.Key, err error) {
	var hash, body string
	var seq int64
	if err := row.Scan(&seq, &hash, &body); err != nil {
		return k, err
	}
	if err := json.Unmarshal([]byte(body), &k); err != nil {
		return k, fmt.Errorf("a key in the database does not parse: %w", err)
	}
	if n, err := hex.Decode(k.Hash[:], []byte(hash)); err != nil || n != len(k.Hash) {
		return k, fmt.Errorf("the hash of key %s in the database does not parse", k.ID)
	}
	k.Seq = seq
	return k, nil
}

// PutKey implements [keys.Store].
func (s *Store) PutKey(ctx context.Context, k keys.Key, c keys.Change) error {
	return s.tx(ctx, func(t *tx) error {
		var n int
		if err := t.row(ctx, `SELECT COUNT(*) FROM customers WHERE id = ?`, k.Customer).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%w: customer %.40q", keys.ErrNotFound, k.Customer)
		}
		return t.putKey(ctx, k, c)
	})
}

func (t *tx) putKey(ctx context.Context, k keys.Key, c keys.Change) error {
	seq, err := t.note(ctx, c)
	if err != nil {
		return err
	}
	body, err := json.Marshal(k)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO keys (id, customer, seq, hash, body) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, body = excluded.body`, k.ID, k.Customer, seq, hex.EncodeToString(k.Hash[:]), string(body))
	return err
}

// UpdateKey implements [keys.Store].
func (s *Store) UpdateKey(ctx context.Context, id string, change func(*keys.Key) (keys.Change, error)) (k keys.Key, err error) {
	err = s.tx(ctx, func(t *tx) error {
		if k, err = found("key", id)(scanKey(t.row(ctx, keyColumns+` WHERE id = ?`+s.lock(), id))); err != nil {
			return err
		}
		c, err := change(&k)
		if err != nil {
			return err
		}
		return t.putKey(ctx, k, c)
	})
	return k, err
}

// note writes a change and numbers it. The counter's row is held until the transaction ends, so numbers become visible in their order and a
// reader that asks for what came after the last misses nothing.
func (t *tx) note(ctx context.Context, c keys.Change) (seq int64, err error) {
	if err := t.row(ctx, `UPDATE counter SET seq = seq + 1 RETURNING seq`).Scan(&seq); err != nil {
		return 0, err
	}
	_, err = t.exec(ctx, `INSERT INTO changes (seq, at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?, ?)`,
		seq, c.At.UnixMicro(), c.Actor, c.Action, c.Subject, c.Detail)
	return seq, err
}

// Changes implements [keys.Store].
func (s *Store) Changes(ctx context.Context, subject string, limit int) ([]keys.Change, error) {
	rows, err := s.db.QueryContext(ctx, s.rebind(`SELECT at, actor, action, subject, detail FROM changes WHERE ? = '' OR subject = ? ORDER BY seq DESC LIMIT ?`), subject, subject, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []keys.Change{}
	for rows.Next() {
		var c keys.Change
		var at int64
		if err := rows.Scan(&at, &c.Actor, &c.Action, &c.Subject, &c.Detail); err != nil {
			return nil, err
		}
		c.At = time.UnixMicro(at).UTC()
		out = append(out, c)
	}
	return out, rows.Err()
}
