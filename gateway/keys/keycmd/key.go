package keycmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/internal/display"
)

func newKey(o Options) *cobra.Command {
	return group(&cobra.Command{
		Use:   "key",
		Short: "API keys: make, limit, revoke, and see what they used",
		Long: `An API key belongs to a customer, whose credits it spends, within what it is allowed. Its secret is shown when it is made and never again; the
database has a hash of it. Gateways that run on the database follow a change within a second.`,
		Example: `  agon-gateway key create app --customer cus-0123456789abcdef --models '1/*' --budget 5agon/day
  agon-gateway key limit 0123456789abcdef --requests-per-minute 600
  agon-gateway key usage 0123456789abcdef --from 2026-11-01
  agon-gateway key revoke 0123456789abcdef`,
	}, o.keyCreate(), o.keyList(), o.keyShow(), o.keyLimit(), o.keyRotate(), o.keyRevoke(), o.keyUsage(), o.keyHistory())
}

func (o Options) keyCreate() *cobra.Command {
	c := &cobra.Command{
		Use:   "create NAME",
		Short: "Make a key, and print its secret, which is not shown again",
		Long:  "create makes a key that may do what the flags say, and prints its secret alone to stdout and what it may to stderr.",
		Example: `  agon-gateway key create app
  AGON_API_KEY=$(agon-gateway key create ci --customer cus-0123456789abcdef --budget 1agon/day --expires 720h)
  agon-gateway key create app --models '1/*,2/llama@3' --requests-per-minute 60 --tokens-per-minute 100000 --output json`,
		Args: cobra.ExactArgs(1),
	}
	customer := c.Flags().String("customer", "", "whose credits it spends; may be left out where there is one customer")
	addScope(c)
	return o.verb(c, func(ctx context.Context, c *cobra.Command, l keys.Ledger, args []string) error {
		p, err := patch(c, o.Now())
		if err != nil {
			return err
		}
		if *customer == "" {
			all, err := l.Customers(ctx, "")
			if err != nil {
				return err
			}
			if len(all) != 1 {
				return fmt.Errorf("%w: --customer: there are %d customers; name one (customer list) or make one (customer create)", errValue, len(all))
			}
			*customer = all[0].ID
		}
		made, err := l.CreateKey(ctx, keys.NewKey{Customer: *customer, Name: args[0], Scope: scope(p)})
		if err != nil {
			return err
		}
		return shown(c, made)
	})
}

// shown writes a secret: the one place that does.
func shown(c *cobra.Command, k keys.KeySecret) error {
	return answer(c, k, func(w io.Writer) error {
		if err := printed(w, string(k.Secret)); err != nil {
			return err
		}
		return errors.Join(keyTable(c.ErrOrStderr(), k.Key), printed(c.ErrOrStderr(), "The secret is not shown again."))
	})
}

func (o Options) keyList() *cobra.Command {
	c := &cobra.Command{
		Use: "list", Short: "List keys", Args: cobra.NoArgs,
		Example: "  agon-gateway key list\n  agon-gateway key list --all --output json | jq -r '.[].id'",
	}
	customer := c.Flags().String("customer", "", "those of one customer")
	every := c.Flags().Bool("all", false, "those that were revoked too")
	return o.verb(c, func(ctx context.Context, c *cobra.Command, l keys.Ledger, _ []string) error {
		all, err := l.Keys(ctx, *customer)
		if err != nil {
			return err
		}
		some := make([]keys.Key, 0, len(all))
		for _, k := range all {
			if *every || k.Revoked.IsZero() {
				some = append(some, k)
			}
		}
		return answer(c, some, func(w io.Writer) error {
			t := display.NewTable("", table.Row{"key", "name", "customer", "models", "budget", "requests/min", "tokens/min", "state"}, "key", "name", "customer", "models", "state")
			for _, k := range some {
				t.AppendRow(table.Row{
					k.ID, k.Name, k.Customer, models(k), budgetText(k.Budget), numberText(k.RequestsPerMinute), numberText(k.TokensPerMinute), o.state(k),
				})
			}
			return printed(w, t.Render())
		})
	})
}

func models(k keys.Key) string {
	if len(k.Models) == 0 {
		return "all"
	}
	return strings.Join(k.Models, ", ")
}

func (o Options) state(k keys.Key) string {
	switch {
	case !k.Revoked.IsZero():
		return "revoked"
	case !k.Expires.IsZero() && !o.Now().Before(k.Expires):
		return "expired"
	}
	return "active"
}

// keyTable is one key, a line for each field.
func keyTable(w io.Writer, k keys.Key) error {
	t := display.NewTable("", nil)
	yes := map[bool]string{false: "no", true: "yes"}
	t.AppendRows([]table.Row{
		{"key", k.ID},
		{"name", k.Name},
		{"customer", k.Customer},
		{"models", models(k)},
		{"budget", budgetText(k.Budget)},
		{"requests a minute", numberText(k.RequestsPerMinute)},
		{"tokens a minute", numberText(k.TokensPerMinute)},
		{"expires", moment(k.Expires)},
		{"sample may be scored", yes[k.ScoreSample]},
		{"created", moment(k.Created)},
		{"rotated", moment(k.Rotated)},
		{"revoked", moment(k.Revoked)},
	})
	return printed(w, t.Render())
}

// one is a verb that answers with the key that it leaves.
func (o Options) one(c *cobra.Command, do func(ctx context.Context, c *cobra.Command, l keys.Ledger, id string) (keys.Key, error)) *cobra.Command {
	c.Args = cobra.ExactArgs(1)
	return o.verb(c, func(ctx context.Context, c *cobra.Command, l keys.Ledger, args []string) error {
		k, err := do(ctx, c, l, args[0])
		if err != nil {
			return err
		}
		return answer(c, k, func(w io.Writer) error { return keyTable(w, k) })
	})
}

func (o Options) keyShow() *cobra.Command {
	return o.one(&cobra.Command{Use: "show KEY", Short: "Show what a key may", Example: "  agon-gateway key show 0123456789abcdef"},
		func(ctx context.Context, _ *cobra.Command, l keys.Ledger, id string) (keys.Key, error) {
			return l.Key(ctx, id)
		})
}

func (o Options) keyLimit() *cobra.Command {
	c := &cobra.Command{
		Use:   "limit KEY",
		Short: "Change what a key may",
		Long:  "limit changes what the flags name and leaves the rest. What was spent in a budget's period counts towards the new budget of the same period.",
		Example: `  agon-gateway key limit 0123456789abcdef --budget 10agon/month
  agon-gateway key limit 0123456789abcdef --models all --requests-per-minute 0 --expires never`,
	}
	addScope(c)
	return o.one(c, func(ctx context.Context, c *cobra.Command, l keys.Ledger, id string) (keys.Key, error) {
		p, err := patch(c, o.Now())
		if err != nil {
			return keys.Key{}, err
		}
		if p == (keys.KeyPatch{}) {
			return keys.Key{}, fmt.Errorf("%w: nothing to change; name a flag such as --budget", errValue)
		}
		return l.UpdateKey(ctx, id, p)
	})
}

func (o Options) keyRevoke() *cobra.Command {
	return o.one(&cobra.Command{
		Use: "revoke KEY", Short: "End a key for good", Example: "  agon-gateway key revoke 0123456789abcdef",
		Long: "revoke ends a key for good, in every gateway within a second. Calls under way end as they would.",
	}, func(ctx context.Context, _ *cobra.Command, l keys.Ledger, id string) (keys.Key, error) {
		return l.RevokeKey(ctx, id)
	})
}

func (o Options) keyRotate() *cobra.Command {
	return o.verb(&cobra.Command{
		Use: "rotate KEY", Short: "Give a key a new secret; the old one ends", Args: cobra.ExactArgs(1),
		Example: "  agon-gateway key rotate 0123456789abcdef",
	}, func(ctx context.Context, c *cobra.Command, l keys.Ledger, args []string) error {
		k, err := l.RotateKey(ctx, args[0])
		if err != nil {
			return err
		}
		return shown(c, k)
	})
}
