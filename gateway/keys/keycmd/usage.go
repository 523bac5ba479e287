package keycmd

import (
	"context"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/internal/display"
)

func (o Options) keyUsage() *cobra.Command {
	c := &cobra.Command{
		Use:   "usage [KEY]",
		Short: "Show what keys used and what it cost, by day, model and miner",
		Long:  "usage sums calls by day (UTC), key, model and miner. Uncharged is cost above what was reserved, which the customer does not pay.",
		Example: `  agon-gateway key usage
  agon-gateway key usage 0123456789abcdef --from 2026-11-01 --to 2026-11-30
  agon-gateway key usage --customer cus-0123456789abcdef --output json | jq 'map(.cost) | add'`,
		Args: cobra.MaximumNArgs(1),
	}
	var f keys.UsageFilter
	c.Flags().StringVar(&f.Customer, "customer", "", "of one customer's keys")
	c.Flags().StringVar(&f.Model, "model", "", "of one model")
	c.Flags().StringVar(&f.From, "from", "", "from this day on, like 2026-11-01")
	c.Flags().StringVar(&f.To, "to", "", "until this day, included")
	return o.verb(c, func(ctx context.Context, c *cobra.Command, l keys.Ledger, args []string) error {
		if len(args) == 1 {
			if _, err := l.Key(ctx, args[0]); err != nil { // one that is misspelt used nothing either
				return err
			}
			f.Key = args[0]
		}
		rows, err := l.Usage(ctx, f)
		if err != nil {
			return err
		}
		return answer(c, rows, func(w io.Writer) error {
			t := display.NewTable("", table.Row{"day", "key", "model", "miner", "calls", "failed", "tokens in", "tokens out", "cost", "uncharged"}, "day", "key", "model", "miner")
			var all keys.UsageSum
			line := func(day, key, model, miner string, u keys.UsageSum) table.Row {
				return table.Row{day, key, model, miner, u.Calls, u.Failed, u.PromptTokens, u.OutputTokens, display.AGON(u.Cost), display.AGON(u.Uncharged)}
			}
			for _, r := range rows {
				t.AppendRow(line(r.Day, r.Key, r.Model, r.Miner, r.UsageSum))
				all.Add(r.UsageSum)
			}
			t.AppendFooter(line("all", "", "", "", all))
			return printed(w, t.Render())
		})
	})
}

func (o Options) keyHistory() *cobra.Command {
	return o.verb(&cobra.Command{
		Use: "history [KEY or CUSTOMER]", Short: "Show who changed what, the newest first", Args: cobra.MaximumNArgs(1),
		Example: "  agon-gateway key history\n  agon-gateway key history 0123456789abcdef",
	}, func(ctx context.Context, c *cobra.Command, l keys.Ledger, args []string) error {
		subject := ""
		if len(args) == 1 {
			subject = args[0]
		}
		trail, err := l.Changes(ctx, subject)
		if err != nil {
			return err
		}
		return answer(c, trail, func(w io.Writer) error {
			t := display.NewTable("", table.Row{"when", "who", "what", "of", "as"}, "when", "who", "what", "of", "as")
			for _, ch := range trail {
				t.AppendRow(table.Row{moment(ch.At), ch.Actor, ch.Action, ch.Subject, ch.Detail})
			}
			return printed(w, t.Render())
		})
	})
}
