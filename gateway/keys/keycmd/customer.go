package keycmd

import (
	"context"
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/internal/display"
)

func newCustomer(o Options) *cobra.Command {
	return group(&cobra.Command{
		Use:   "customer",
		Short: "Customers, whose credits their keys spend",
		Long: `A customer holds credits, in AGON, that are paid for outside the gateway. Its keys spend them: before a call the most that it can cost is reserved,
afterwards what it did cost is charged.`,
		Example: `  agon-gateway customer create "Ada's lab"
  agon-gateway customer credit cus-0123456789abcdef 10agon
  agon-gateway customer list`,
	}, o.customerCreate(), o.customerList(), o.customerShow(), o.customerCredit(1), o.customerCredit(-1))
}

func (o Options) customerCreate() *cobra.Command {
	c := &cobra.Command{
		Use:     "create NAME",
		Short:   "Make a customer without credits, and print its id",
		Example: "  agon-gateway customer create \"Ada's lab\"",
		Args:    cobra.ExactArgs(1),
	}
	account := c.Flags().String("account", "", "the customer's address on the chain, for your own records")
	return o.verb(c, func(ctx context.Context, c *cobra.Command, l keys.Ledger, args []string) error {
		made, err := l.CreateCustomer(ctx, args[0], *account)
		if err != nil {
			return err
		}
		return answer(c, made, func(w io.Writer) error { return printed(w, made.ID) })
	})
}

func (o Options) customerList() *cobra.Command {
	return o.verb(&cobra.Command{
		Use: "list", Short: "List customers with their credits", Args: cobra.NoArgs,
		Example: "  agon-gateway customer list\n  agon-gateway customer list --output json | jq '.[] | {id, credits}'",
	}, func(ctx context.Context, c *cobra.Command, l keys.Ledger, _ []string) error {
		return customers(ctx, c, l, "")
	})
}

func (o Options) customerShow() *cobra.Command {
	return o.verb(&cobra.Command{
		Use: "show CUSTOMER", Short: "Show a customer's credits", Args: cobra.ExactArgs(1),
		Example: "  agon-gateway customer show cus-0123456789abcdef",
	}, func(ctx context.Context, c *cobra.Command, l keys.Ledger, args []string) error {
		all, err := l.Customers(ctx, args[0])
		if err != nil {
			return err
		}
		return answer(c, all[0], func(w io.Writer) error { return customerTable(w, all) })
	})
}

func customers(ctx context.Context, c *cobra.Command, l keys.Ledger, id string) error {
	all, err := l.Customers(ctx, id)
	if err != nil {
		return err
	}
	return answer(c, all, func(w io.Writer) error { return customerTable(w, all) })
}

// customerTable says credits as what can be spent; what processes hold of it is a part of that.
func customerTable(w io.Writer, all []keys.Customer) error {
	t := display.NewTable("", table.Row{"customer", "name", "credits", "held by gateways", "created"}, "customer", "name")
	for _, c := range all {
		t.AppendRow(table.Row{c.ID, c.Name, display.AGON(c.Credits + c.Leased), display.AGON(c.Leased), moment(c.Created)})
	}
	return printed(w, t.Render())
}

func (o Options) customerCredit(sign int64) *cobra.Command {
	c := &cobra.Command{
		Use: "credit CUSTOMER AMOUNT", Short: "Add to a customer's credits", Args: cobra.ExactArgs(2),
		Example: "  agon-gateway customer credit cus-0123456789abcdef 10agon",
	}
	if sign < 0 {
		c.Use, c.Short = "debit CUSTOMER AMOUNT", "Take from a customer's credits what no gateway holds"
		c.Example = "  agon-gateway customer debit cus-0123456789abcdef 0.5agon"
	}
	return o.verb(c, func(ctx context.Context, c *cobra.Command, l keys.Ledger, args []string) error {
		amount, err := parseAmount(args[1])
		if err != nil {
			return fmt.Errorf("AMOUNT: %w", err)
		}
		now, err := l.Credit(ctx, args[0], sign*int64(amount))
		if err != nil {
			return err
		}
		return answer(c, now, func(w io.Writer) error { return customerTable(w, []keys.Customer{now}) })
	})
}
