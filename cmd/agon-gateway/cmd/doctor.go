package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/gateway"
	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/gateway/keys/store"
	"github.com/agon-chain/agon/task/registry"
)

// errDoctor says that something was found.
var errDoctor = errors.New("not all is well; see above")

func newDoctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "doctor",
		Short:   "Check node, key, money, database and miners, and say what to do",
		Example: "  agon-gateway doctor",
		Args:    cobra.NoArgs,
		RunE:    runDoctor,
	}
	gateway.AddFlags(cmd.Flags())
	addOutput(cmd)
	return cmd
}

// finding is one line of the doctor's.
type finding struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Says string `json:"says"`
}

func runDoctor(cmd *cobra.Command, _ []string) error {
	c, err := load(cmd)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), 30*time.Second)
	defer cancel()
	var found []finding
	note := func(what string, err error, format string, args ...any) bool {
		f := finding{what, err == nil, fmt.Sprintf(format, args...)}
		if err != nil {
			f.Says = strings.Join(strings.Fields(err.Error()), " ") // a driver's error has lines
		}
		found = append(found, f)
		return err == nil
	}
	ring, err := openKey(cmd, c)
	if note("key", err, "%s is there", c.SigningKey) {
		node, err := chain.Dial(ctx, c.Chain())
		if note("node", err, "%s answers for %s", c.RPC, c.ChainID) {
			defer node.Close()
			checkChain(ctx, c, ring, node, note)
		}
	}
	if c.OpenAccess {
		note("database", nil, "not used: open-access serves everybody")
	} else {
		db, err := store.Open(ctx, c.DatabaseName())
		if err == nil {
			err = db.Close()
		}
		note("database", err, "opened")
	}
	err = answer(cmd, found, func(w io.Writer) error {
		t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
		for _, f := range found {
			mark := "ok"
			if !f.OK {
				mark = "BAD"
			}
			fmt.Fprintf(t, "%s\t%s\t%s\n", mark, f.What, f.Says)
		}
		return t.Flush()
	})
	for _, f := range found {
		if !f.OK && err == nil {
			err = errDoctor
		}
	}
	return err
}

func checkChain(ctx context.Context, c gateway.Config, ring *chain.Keyring, node *chain.Client, note func(string, error, string, ...any) bool) {
	address, err := ring.Address(c.SigningKey)
	if !note("address", err, "%s", address) {
		return
	}
	owner := address.String()
	if c.PaymentAccount != "" {
		owner = c.PaymentAccount
	}
	balance, err := payer.FromClient(node).Balance(ctx, owner)
	note("money", err, "%s has %d nagon in its payment account, beside its wallet and its channels", owner, balance)
	view, err := directory.OnChain(node, registry.Tasks()).Read(ctx)
	if err == nil && len(view.Miners) == 0 {
		err = errors.New("no miner of any subnet publishes an endpoint; calls will be answered 404")
	}
	if err != nil {
		note("miners", err, "")
		return
	}
	note("miners", nil, "%d in %d subnets at height %d", len(view.Miners), len(view.Subnets), view.Height)
}
