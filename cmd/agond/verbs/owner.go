package verbs

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"

	"github.com/agon-chain/agon/chain"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func ownerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "owner",
		Short: "Give all hotkeys, subnets and stake of an account to another, with notice",
		Long: `Give all hotkeys, subnets and stake of an account to another, for a new key of your own or for good. The old owner announces it; after the chain's delay the new owner carries
it out, in as many transactions as it takes. Coins do not move: send them. Nor do crowdfund shares, which are transferred.`,
		SuggestionsMinimumDistance: 2,
		RunE:                       client.ValidateCmd,
	}
	cmd.AddCommand(ownerShowCommand(), ownerAnnounceCommand(), ownerCancelCommand(), ownerSwapCommand())
	return cmd
}

// ownerSwapOf is what an owner has announced; the error is errNobody for nothing.
func (s *session) ownerSwapOf(owner string) (subnettypes.OwnerSwap, error) {
	r, err := s.subnets().OwnerSwap(s.cmd.Context(), &subnettypes.QueryOwnerSwapRequest{Owner: owner})
	if chain.NotFound(err) {
		return subnettypes.OwnerSwap{}, fmt.Errorf("new owner of what %s has: %w; announce one with agond owner announce", owner, errNobody)
	}
	if err != nil {
		return subnettypes.OwnerSwap{}, err
	}
	return r.Swap, nil
}

// swapLines are those of an announcement. The document keeps owner and new owner both; of these the table leaves out the one that signs, who has
// a line already.
func (s *session) swapLines(w subnettypes.OwnerSwap, signer string) (sheet, error) {
	height, err := s.height(s.cmd.Context())
	if err != nil {
		return nil, err
	}
	ready := fmt.Sprintf("from block %d, now", w.ReadyAt)
	if w.ReadyAt > height {
		ready = fmt.Sprintf("from block %d, in %d blocks", w.ReadyAt, w.ReadyAt-height)
	}
	if w.Begun {
		ready = "has begun: it can only be carried out to the end"
	}
	return swapSheet(w, signer, ready), nil
}

func swapSheet(w subnettypes.OwnerSwap, signer, ready string) sheet {
	party := func(name, address, label string) field {
		if address == signer {
			label = ""
		}
		return field{name, address, label, address}
	}
	return sheet{
		party("owner", w.Owner, "owner"),
		party("new_owner", w.NewOwner, "new owner"),
		{"announced_at", w.AnnouncedAt, "announced", fmt.Sprintf("block %d", w.AnnouncedAt)},
		{"ready_at", w.ReadyAt, "carried out", ready},
		{name: "begun", value: w.Begun},
	}
}

func ownerShowCommand() *cobra.Command {
	return askFlags(&cobra.Command{
		Use:               "show [OWNER]",
		Short:             "Show which new owner an account has announced, and from when it can be carried out",
		Example:           "agond owner show owner\nagond owner show agon1... --output json",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeFirstKey,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			who, err := s.accountOf(args)
			if err != nil {
				return err
			}
			w, err := s.ownerSwapOf(who.String())
			if err != nil {
				return err
			}
			document, err := s.swapLines(w, "")
			if err != nil {
				return err
			}
			return s.print(document, func() string { return document.table("Announced owner") })
		},
	})
}

func ownerAnnounceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "announce NEWOWNER",
		Short: "Announce that another account shall own all your hotkeys, subnets and stake",
		Long: `Announce that another account, an address or a key of the keyring, shall own all your hotkeys, subnets and stake. Everyone can see it, and nothing moves before the chain's delay is
over and the new owner carries it out (agond owner swap). Until then you can take it back with agond owner cancel; another announcement takes its place, and the
delay begins again.`,
		Example: `agond owner announce owner2 --from owner --dry-run
agond owner announce agon1... --from owner --yes`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeFirstKey,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			next, err := s.account(args[0])
			if err != nil {
				return err
			}
			rules, err := s.subnets().Params(cmd.Context(), &subnettypes.QueryParamsRequest{})
			if err != nil {
				return err
			}
			delay := rules.Params.OwnerSwapDelay
			return s.carryOut(plan{
				verb: "owner announce", msg: &subnettypes.MsgAnnounceOwnerSwap{Owner: s.ctx.FromAddress.String(), NewOwner: next.String()},
				about: sheet{
					s.signerLine("owner"),
					{"new_owner", next.String(), "new owner", next.String()},
					{"delay", delay, "carried out", fmt.Sprintf("%d blocks from now, by the new owner", delay)},
				},
				warn: "all hotkeys, subnets and stake go; coins stay: send them. Who has your key can still unstake and send",
				outcome: func(result chain.TxResult) (sheet, error) {
					var r subnettypes.MsgAnnounceOwnerSwapResponse
					if err := chain.Response(result, 0, &r); err != nil {
						return nil, err
					}
					return sheet{{"ready_at", r.ReadyAt, "ready", fmt.Sprintf("from block %d: agond owner swap %s --from NEWOWNER", r.ReadyAt, s.ctx.FromAddress)}}, nil
				},
			})
		},
	}
	return signFlags(cmd)
}

func ownerCancelCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "cancel",
		Short:   "Take the announcement of a new owner back, before it is carried out",
		Example: "agond owner cancel --from owner --yes",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			w, err := s.ownerSwapOf(s.ctx.FromAddress.String())
			if err != nil {
				return err
			}
			about, err := s.swapLines(w, s.ctx.FromAddress.String())
			if err != nil {
				return err
			}
			return s.carryOut(plan{
				verb: "owner cancel", msg: &subnettypes.MsgCancelOwnerSwap{Owner: w.Owner}, about: append(sheet{s.signerLine("owner")}, about...),
				outcome: func(chain.TxResult) (sheet, error) { return nil, nil },
			})
		},
	}
	return signFlags(cmd)
}

func ownerSwapCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "swap OWNER",
		Short: "Carry out what an owner has announced: take over its hotkeys, subnets and stake",
		Long: `Carry out what OWNER, an address or a key of the keyring, has announced. The announced new owner signs. A transaction moves about 100 rows, so this sends
one after the other until nothing is left, and says how far it has come; where it is interrupted, run it again. It asks once. What comes to the old owner in
between goes too.`,
		Example: `agond owner swap owner --from owner2 --dry-run
agond owner swap agon1... --from owner2 --yes`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeFirstKey,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			owner, err := s.account(args[0])
			if err != nil {
				return err
			}
			w, err := s.ownerSwapOf(owner.String())
			if err != nil {
				return err
			}
			about, err := s.swapLines(w, s.ctx.FromAddress.String())
			if err != nil {
				return err
			}
			return s.swapOwner(w, about)
		},
	}
	return signFlags(cmd)
}

// swapOwner sends calls until nothing is left, and prints what they did together.
func (s *session) swapOwner(w subnettypes.OwnerSwap, about sheet) error {
	var r subnettypes.MsgSwapOwnerResponse
	p := plan{
		verb: "owner swap", msg: &subnettypes.MsgSwapOwner{NewOwner: s.ctx.FromAddress.String(), Owner: w.Owner},
		about: append(sheet{s.signerLine("new owner")}, about...),
		outcome: func(result chain.TxResult) (sheet, error) {
			return nil, chain.Response(result, 0, &r)
		},
	}
	moved, hashes := uint64(0), []string{}
	for {
		done, err := s.execute(p)
		if err != nil {
			if len(hashes) > 0 {
				return fmt.Errorf("%d rows are moved, more are left, run it again: %w", moved, err)
			}
			return err
		}
		if done == nil { // a dry run
			return nil
		}
		moved += uint64(r.Moved)
		hashes = append(hashes, done.result.Hash)
		if !r.More {
			break
		}
		s.yes = true
		fmt.Fprintf(s.aside(), "%d rows are moved, more are left\n", moved)
	}
	document := append(append(sheet{{name: "action", value: p.verb}}, p.about...),
		field{"moved", base(moved), "moved", fmt.Sprintf("%d rows in %d transactions; nothing is left", moved, len(hashes))},
		field{name: "txhashes", value: hashes},
	)
	return s.print(document, func() string { return document.table(p.verb + ": done") })
}
