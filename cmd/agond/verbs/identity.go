package verbs

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"

	"github.com/agon-chain/agon/chain"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func identityCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:                        "identity",
		Short:                      "Publish what people see of an account, owner or hotkey, and look at it",
		SuggestionsMinimumDistance: 2,
		RunE:                       client.ValidateCmd,
	}
	cmd.AddCommand(identitySetCommand(), identityShowCommand())
	return cmd
}

// identityFlags are those of what people see.
func identityFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.String("name", "", "what people call it, 1 to 64 bytes")
	f.String("description", "", "at most 1024 bytes")
	f.String("url", "", "of a site, at most 256 bytes")
	f.String("contact", "", "at most 256 bytes")
}

// seen is what people see of a subnet or an account.
type seen struct{ name, description, url, contact string }

// update replaces what flags give, and says what that changes. What no flag names stays.
func (was seen) update(cmd *cobra.Command) (seen, sheet, error) {
	next := was
	var lines sheet
	for _, f := range []struct {
		name string
		at   *string
	}{{"name", &next.name}, {"description", &next.description}, {"url", &next.url}, {"contact", &next.contact}} {
		if !cmd.Flags().Changed(f.name) {
			continue
		}
		old := *f.at
		*f.at, _ = cmd.Flags().GetString(f.name)
		text := orNothing(*f.at)
		if old != *f.at {
			text = orNothing(old) + " -> " + text
		}
		lines = append(lines, field{f.name, *f.at, f.name, text})
	}
	switch {
	case lines == nil:
		return next, nil, errors.New("say what to publish with --name, --description, --url or --contact")
	case next.name == "":
		return next, nil, errors.New("a name is needed: give one with --name")
	case next == was:
		return next, nil, errSame
	}
	return next, lines, nil
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

func identitySetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set --name NAME",
		Short: "Publish what people see of the account that signs",
		Long: `Publish a name, a site and so forth of the account that signs: an owner's goes for all its hotkeys, a hotkey's for itself. Names are not
unique and prove nothing. What no flag names stays as it is; an empty one is taken away.`,
		Example: `agond identity set --name "Old Oak" --url https://oak.example --from owner
agond identity set --contact "" --from owner --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			was, err := s.identity(s.ctx.FromAddress.String())
			if err != nil {
				return err
			}
			next, lines, err := was.update(cmd)
			if err != nil {
				return err
			}
			return s.carryOut(plan{
				verb: "identity set", about: append(sheet{s.signerLine("account")}, lines...),
				msg: &subnettypes.MsgSetIdentity{
					Address: s.ctx.FromAddress.String(), Name: next.name, Description: next.description, Url: next.url, Contact: next.contact,
				},
				outcome: func(chain.TxResult) (sheet, error) { return nil, nil },
			})
		},
	}
	signFlags(cmd)
	identityFlags(cmd)
	return cmd
}

// identity is what an account published; empty for nothing.
func (s *session) identity(address string) (seen, error) {
	r, err := s.subnets().Identity(s.cmd.Context(), &subnettypes.QueryIdentityRequest{Address: address})
	if chain.NotFound(err) {
		return seen{}, nil
	}
	if err != nil {
		return seen{}, err
	}
	return seen{r.Identity.Name, r.Identity.Description, r.Identity.Url, r.Identity.Contact}, nil
}

func identityShowCommand() *cobra.Command {
	return askFlags(&cobra.Command{
		Use:     "show [ADDRESS|KEY]",
		Short:   "Show what an account publishes of itself",
		Example: "agond identity show owner\nagond identity show agon1... --output json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			who, err := s.accountOf(args)
			if err != nil {
				return err
			}
			id, err := s.identity(who.String())
			if err != nil {
				return err
			}
			document := sheet{
				{"account", who.String(), "account", who.String()},
				{"name", id.name, "name", orNothing(id.name)},
				{"description", id.description, "description", orNothing(id.description)},
				{"url", id.url, "site", orNothing(id.url)},
				{"contact", id.contact, "contact", orNothing(id.contact)},
			}
			return s.print(document, func() string { return document.table("Identity") })
		},
	})
}
