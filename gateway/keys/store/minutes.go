package store

import (
	"context"
	"time"

	"github.com/agon-chain/agon/gateway/keys"
)

// Minutes implements [keys.Store].
func (s *Store) Minutes(ctx context.Context, now time.Time, took []keys.Minute) (left []keys.Minute, err error) {
	err = s.tx(ctx, func(t *tx) error {
		left = make([]keys.Minute, 0, len(took))
		for _, m := range took {
			m, err := t.minute(ctx, now, m)
			if err != nil {
				return err
			}
			left = append(left, m)
		}
		return nil
	})
	return left, err
}

func (t *tx) minute(ctx context.Context, now time.Time, m keys.Minute) (keys.Minute, error) {
	_, err := t.exec(ctx, `INSERT INTO minutes (key_id, requests, tokens, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		m.Key, float64(m.RequestsPerMinute), float64(m.TokensPerMinute), now.UnixMicro())
	if err != nil {
		return m, err
	}
	var requests, tokens float64
	var at int64
	if err := t.row(ctx, `SELECT requests, tokens, at FROM minutes WHERE key_id = ?`+t.s.lock(), m.Key).Scan(&requests, &tokens, &at); err != nil {
		return m, err
	}
	// Clocks of a fleet differ: what the fastest has given is not given again by another.
	passed := max(0, now.UnixMicro()-at)
	share := float64(passed) / float64(time.Minute.Microseconds())
	m.Requests = refill(requests, m.RequestsPerMinute, share) - m.Requests
	m.Tokens = refill(tokens, m.TokensPerMinute, share) - m.Tokens
	_, err = t.exec(ctx, `UPDATE minutes SET requests = ?, tokens = ?, at = ? WHERE key_id = ?`, m.Requests, m.Tokens, at+passed, m.Key)
	return m, err
}

// refill is what there is after a share of a minute.
func refill(have float64, size uint64, share float64) float64 {
	return min(float64(size), have+float64(size)*share)
}
