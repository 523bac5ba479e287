package store

import (
	"context"

	"github.com/agon-chain/agon/gateway/keys"
)

func (t *tx) use(ctx context.Context, k keys.UsageKey, u keys.UsageSum) error {
	_, err := t.exec(ctx, `INSERT INTO usage_days AS d (day, customer, key_id, model, miner, calls, failed, prompt_tokens, output_tokens, cost, uncharged)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, key_id, model, miner) DO UPDATE SET calls = d.calls + excluded.calls,
		failed = d.failed + excluded.failed, prompt_tokens = d.prompt_tokens + excluded.prompt_tokens, output_tokens = d.output_tokens + excluded.output_tokens,
		cost = d.cost + excluded.cost, uncharged = d.uncharged + excluded.uncharged`,
		k.Day, k.Customer, k.Key, k.Model, k.Miner, int64(u.Calls), int64(u.Failed), int64(u.PromptTokens), int64(u.OutputTokens), int64(u.Cost), int64(u.Uncharged))
	return err
}

// Usage implements [keys.Store].
func (s *Store) Usage(ctx context.Context, f keys.UsageFilter) ([]keys.UsageRow, error) {
	rows, err := s.db.QueryContext(ctx, s.rebind(`SELECT day, customer, key_id, model, miner, calls, failed, prompt_tokens, output_tokens, cost, uncharged FROM usage_days
		WHERE (? = '' OR customer = ?) AND (? = '' OR key_id = ?) AND (? = '' OR model = ?) AND (? = '' OR day >= ?) AND (? = '' OR day <= ?)
		ORDER BY day, key_id, model, miner`), f.Customer, f.Customer, f.Key, f.Key, f.Model, f.Model, f.From, f.From, f.To, f.To)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []keys.UsageRow{}
	for rows.Next() {
		var r keys.UsageRow
		if err := rows.Scan(&r.Day, &r.Customer, &r.Key, &r.Model, &r.Miner, &r.Calls, &r.Failed, &r.PromptTokens, &r.OutputTokens, &r.Cost, &r.Uncharged); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}
