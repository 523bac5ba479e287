package keycmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/user"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/gateway/keys/store"
)

// Options say where the database is. Database is required.
type Options struct {
	// Flags adds to each command what Database reads; nil: none.
	Flags func(*pflag.FlagSet)
	// Database names it, for [store.Open].
	Database func(*cobra.Command) (string, error)
	Now      func() time.Time // nil: time.Now
}

const timeout = 30 * time.Second

// New makes the commands key and customer.
func New(o Options) []*cobra.Command {
	if o.Now == nil {
		o.Now = time.Now
	}
	return []*cobra.Command{newKey(o), newCustomer(o)}
}

// group is a command that has others and refuses what is none of them.
func group(c *cobra.Command, verbs ...*cobra.Command) *cobra.Command {
	c.Args = cobra.NoArgs
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	c.AddCommand(verbs...)
	return c
}

// verb gives a command the database's flags and --output, and runs it with the ledger open.
func (o Options) verb(c *cobra.Command, do func(ctx context.Context, c *cobra.Command, l keys.Ledger, args []string) error) *cobra.Command {
	if o.Flags != nil {
		o.Flags(c.Flags())
	}
	c.Flags().StringP("output", "o", "text", "form of the answer: text or json")
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		if form := output(c); form != "text" && form != "json" {
			return fmt.Errorf("%w: --output: %.20q is neither text nor json", errValue, form)
		}
		name, err := o.Database(c)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(c.Context(), timeout)
		defer cancel()
		db, err := store.Open(ctx, name)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		return do(ctx, c, keys.Ledger{Store: db, Actor: actor(), Now: o.Now}, args)
	}
	return c
}

// actor is who types, for the audit trail.
func actor() string {
	u, err := user.Current()
	if err != nil {
		return "cli"
	}
	return "cli:" + u.Username
}

func output(c *cobra.Command) string {
	form, _ := c.Flags().GetString("output") // it is there: verb adds it
	return form
}

// answer writes to stdout, for programs or for people.
func answer(c *cobra.Command, value any, text func(io.Writer) error) error {
	if output(c) == "json" {
		e := json.NewEncoder(c.OutOrStdout())
		e.SetIndent("", "  ")
		return e.Encode(value)
	}
	return text(c.OutOrStdout())
}

func printed(w io.Writer, text string) error {
	_, err := fmt.Fprintln(w, text)
	return err
}

// moment is a time for people; zero is none.
func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04")
}
