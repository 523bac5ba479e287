package store

import (
	"context"
	"fmt"

	"github.com/agon-chain/agon/gateway/keys"
)

// migrations make the schema, each from the one before. One that was released is never changed.
// Times are Unix microseconds, amounts nagon: both databases keep them as 64-bit integers.
var migrations = [][]string{{
	`CREATE TABLE customers (id TEXT PRIMARY KEY, name TEXT NOT NULL, account TEXT NOT NULL, credits BIGINT NOT NULL CHECK (credits >= 0), created BIGINT NOT NULL)`,
	`CREATE TABLE keys (id TEXT PRIMARY KEY, customer TEXT NOT NULL REFERENCES customers (id), seq BIGINT NOT NULL, hash TEXT NOT NULL, body TEXT NOT NULL)`,
	`CREATE INDEX keys_seq ON keys (seq)`,
	// used is what is spent or leased of a key's budget in a window.
	`CREATE TABLE windows (key_id TEXT NOT NULL, name TEXT NOT NULL, used BIGINT NOT NULL CHECK (used >= 0), PRIMARY KEY (key_id, name))`,
	`CREATE TABLE leases (id TEXT PRIMARY KEY, process TEXT NOT NULL, customer TEXT NOT NULL, key_id TEXT NOT NULL, window_name TEXT NOT NULL,
		amount BIGINT NOT NULL, spent BIGINT NOT NULL CHECK (spent <= amount), expires BIGINT NOT NULL)`,
	`CREATE INDEX leases_expires ON leases (expires)`,
	`CREATE INDEX leases_customer ON leases (customer)`,
	`CREATE TABLE batches (process TEXT PRIMARY KEY, number BIGINT NOT NULL, applied BIGINT NOT NULL)`,
	`CREATE TABLE usage_days (day TEXT NOT NULL, customer TEXT NOT NULL, key_id TEXT NOT NULL, model TEXT NOT NULL, miner TEXT NOT NULL, calls BIGINT NOT NULL,
		failed BIGINT NOT NULL, prompt_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL, cost BIGINT NOT NULL, uncharged BIGINT NOT NULL,
		PRIMARY KEY (day, key_id, model, miner))`,
	`CREATE TABLE changes (seq BIGINT PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL)`,
	`CREATE TABLE counter (seq BIGINT NOT NULL)`,
	`INSERT INTO counter (seq) VALUES (0)`,
}, {
	// What is left of keys' requests and tokens a minute, for all processes together.
	`CREATE TABLE minutes (key_id TEXT PRIMARY KEY, requests DOUBLE PRECISION NOT NULL, tokens DOUBLE PRECISION NOT NULL, at BIGINT NOT NULL)`,
}}

// migrateLock is a number of our own for PostgreSQL's advisory lock: two processes that start at once would both make the tables.
const migrateLock = 0x61676f6e

func (s *Store) migrate(ctx context.Context) error {
	return s.tx(ctx, func(t *tx) error {
		if s.postgres {
			if _, err := t.exec(ctx, `SELECT pg_advisory_xact_lock(?)`, migrateLock); err != nil {
				return err
			}
		}
		if _, err := t.exec(ctx, `CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)`); err != nil {
			return err
		}
		var version int
		if err := t.row(ctx, `SELECT COALESCE(MAX(version), 0) FROM schema_version`).Scan(&version); err != nil {
			return err
		}
		if version > len(migrations) {
			return fmt.Errorf("%w: its schema is version %d, this release knows %d", keys.ErrNewer, version, len(migrations))
		}
		for i := version; i < len(migrations); i++ {
			for _, q := range migrations[i] {
				if _, err := t.exec(ctx, q); err != nil {
					return fmt.Errorf("migration %d: %w", i+1, err)
				}
			}
			if _, err := t.exec(ctx, `INSERT INTO schema_version (version) VALUES (?)`, i+1); err != nil {
				return err
			}
		}
		return nil
	})
}
