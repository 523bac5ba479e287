package verbs

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	"github.com/cosmos/cosmos-sdk/x/feegrant"

	"github.com/agon-chain/agon/chain"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func hotkeyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:                        "hotkey",
		Short:                      "Show a hotkey, and let a new key sign for it",
		SuggestionsMinimumDistance: 2,
		RunE:                       client.ValidateCmd,
	}
	cmd.AddCommand(hotkeyShowCommand(), hotkeySwapCommand())
	return cmd
}

// completeFirstKey offers the keys of the keyring for the arguments.
func completeFirstKey(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	s, cancel, err := completing(cmd)
	defer cancel()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, name := range s.keyNames() {
		out = append(out, name)
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// hotkeyNamed is the hotkey that an address, or a key of the keyring, is or signs for. The error is errNobody for one that was never registered.
func (s *session) hotkeyNamed(who string) (*subnettypes.QueryHotkeyResponse, error) {
	account, err := s.account(who)
	if err != nil {
		return nil, err
	}
	r, err := s.subnets().Hotkey(s.cmd.Context(), &subnettypes.QueryHotkeyRequest{Hotkey: account.String()})
	if chain.NotFound(err) {
		return nil, fmt.Errorf("hotkey %s: %w; it was never registered: agond subnet register", account, errNobody)
	}
	return r, err
}

// hotkeyAccount is the hotkey that an argument means: the one that a key signs for, or the account itself.
func (s *session) hotkeyAccount(who string) (sdk.AccAddress, error) {
	account, err := s.account(who)
	if err != nil {
		return nil, err
	}
	r, err := s.subnets().Hotkey(s.cmd.Context(), &subnettypes.QueryHotkeyRequest{Hotkey: account.String()})
	if chain.NotFound(err) {
		return account, nil
	}
	if err != nil {
		return nil, err
	}
	return sdk.AccAddressFromBech32(r.Hotkey)
}

// keyLine says which key signs for a hotkey.
func (s *session) keyLine(r *subnettypes.QueryHotkeyResponse, label string) field {
	text := r.Signing.Key
	if name := s.keyNames()[text]; name != "" {
		text += " (" + name + ")"
	}
	if r.Signing.Since > 0 {
		text += fmt.Sprintf(", since block %d", r.Signing.Since)
	}
	return field{"key", r.Signing.Key, label, text}
}

func hotkeyShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show HOTKEY|KEY",
		Short: "Show whose a hotkey is, which key signs for it, and where it holds a uid",
		Long: `Show whose a hotkey is, which key signs for it, and where it holds a uid. Name it by its address, by any key that signs or ever signed for it, or by a key
of the keyring.`,
		Example:           "agond hotkey show miner\nagond hotkey show agon1... --output json",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeFirstKey,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			r, err := s.hotkeyNamed(args[0])
			if err != nil {
				return err
			}
			one := []candidate{{UID: noUID, Hotkey: r.Hotkey, Owner: r.Owner}}
			if err := s.name(one); err != nil {
				return err
			}
			document := sheet{
				{"hotkey", r.Hotkey, "hotkey", r.Hotkey},
				{"names", one[0].Names, "names", orNothing(strings.Join(one[0].Names, ", "))},
				{"owner", r.Owner, "owner", r.Owner},
				s.keyLine(r, "signed for by"),
				{name: "key_since", value: r.Signing.Since},
			}
			if r.Asked.Until > 0 && r.Asked.Key != r.Hotkey {
				document = append(document, field{"asked", r.Asked.Key, "you named", fmt.Sprintf("%s, which signed for it until block %d", r.Asked.Key, r.Asked.Until)})
			}
			type place struct {
				Netuid uint32 `json:"netuid"`
				UID    uint32 `json:"uid"`
				Axon   string `json:"axon"`
			}
			places := []place{}
			for _, n := range r.Neurons {
				at := place{Netuid: n.Netuid, UID: n.Uid}
				if n.Axon != nil {
					at.Axon = n.Axon.Url
				}
				places = append(places, at)
				document = append(document, field{label: fmt.Sprintf("subnet %d", n.Netuid), text: strings.TrimSuffix(fmt.Sprintf("uid %d, %s", n.Uid, at.Axon), ", ")})
			}
			document = append(document, field{name: "neurons", value: places})
			return s.print(document, func() string { return document.table("Hotkey") })
		},
	}
	return askFlags(cmd)
}

func hotkeySwapCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "swap HOTKEY NEWKEY",
		Short: "Let a new key sign for your hotkey, in all subnets at once",
		Long: `Let a new key sign for your hotkey, in all subnets at once, when the old one may be known to others or is lost. The hotkey's address stays, and with it uids, stake,
promised weights and children: nobody who backs or calls it has to follow. The old key signs for nobody any more, for ever. NEWKEY is an
address, or a key of the keyring, that never signed for a hotkey: make one with agond keys add. The owner signs and pays.

What is left of your grant of fees to the old key goes to the new one in the same transaction. Then have the new key in the daemon's keyring, start the
daemon with --signing-key and that key's name, and what it keeps on disk stays good.`,
		Example: `agond keys add hotkey2
agond hotkey swap hotkey hotkey2 --from owner --dry-run
agond hotkey swap agon1... agon1... --from owner --yes`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: completeFirstKey,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			p, err := s.planSwapHotkey(args[0], args[1])
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	cmd.Flags().String("max-cost", "", "the most to pay, such as 0.5agon; what it costs now if left out")
	return cmd
}

func (s *session) planSwapHotkey(who, newKey string) (plan, error) {
	r, err := s.hotkeyNamed(who)
	if err != nil {
		return plan{}, err
	}
	next, err := s.account(newKey)
	if err != nil {
		return plan{}, err
	}
	rules, err := s.subnets().Params(s.cmd.Context(), &subnettypes.QueryParamsRequest{})
	if err != nil {
		return plan{}, err
	}
	cost := rules.Params.HotkeySwapCost
	msg := &subnettypes.MsgSwapHotkey{Owner: s.ctx.FromAddress.String(), Hotkey: r.Hotkey, NewKey: next.String(), MaxCost: cost}
	if text, _ := s.cmd.Flags().GetString("max-cost"); text != "" {
		if msg.MaxCost, err = parseUnit("max-cost", text, unitAgon); err != nil {
			return plan{}, err
		}
	}
	p := plan{verb: "hotkey swap", msg: msg}
	paid := "nobody: it pays them itself, so send it some AGON or grant it fees"
	if p.also, err = s.moveGrant(r.Signing.Key, next); err != nil {
		return plan{}, err
	}
	if len(p.also) > 0 {
		paid = "you, with what is left of your grant to the old key"
	}
	uids := make([]string, len(r.Neurons))
	for i, n := range r.Neurons {
		uids[i] = fmt.Sprintf("%d in subnet %d", n.Uid, n.Netuid)
	}
	p.about = sheet{
		s.signerLine("owner"),
		{"hotkey", r.Hotkey, "hotkey", r.Hotkey},
		{name: "old_key", value: r.Signing.Key},
		s.keyLine(r, "old key"),
		{"new_key", msg.NewKey, "new key", msg.NewKey},
		{label: "uids", text: orNothing(list(uids))},
	}
	p.expect = sheet{
		{"quoted_cost", base(cost), "burned", agon(cost)},
		{"grant_moved", len(p.also) > 0, "its fees are paid by", paid},
	}
	p.warn = "the old key signs for nobody any more, for ever: have the new one where the daemon runs"
	id, err := s.identity(r.Signing.Key)
	if err != nil {
		return plan{}, err
	}
	if id.name != "" {
		p.warn += fmt.Sprintf("; the old key's account calls the hotkey %q: publish that with the new one, agond identity set", id.name)
	}
	p.outcome = func(result chain.TxResult) (sheet, error) {
		var r subnettypes.MsgSwapHotkeyResponse
		if err := chain.Response(result, 0, &r); err != nil {
			return nil, err
		}
		return sheet{{"cost", base(r.Cost), "burned", agon(r.Cost)}, {name: "grant_moved", value: len(p.also) > 0}}, nil
	}
	return p, nil
}

// moveGrant are the messages that give what is left of the signer's grant of fees to one account to another; none where there is no grant, or the
// other has one.
func (s *session) moveGrant(from string, to sdk.AccAddress) ([]sdk.Msg, error) {
	had, err := s.grantTo(from)
	if err != nil || had == nil {
		return nil, err
	}
	old, err := sdk.AccAddressFromBech32(from)
	if err != nil {
		return nil, err
	}
	msgs := []sdk.Msg{chain.RevokeFees(s.ctx.FromAddress, old)}
	if has, err := s.grantTo(to.String()); err != nil || has != nil {
		return msgs, err
	}
	return append(msgs, &feegrant.MsgGrantAllowance{Granter: s.ctx.FromAddress.String(), Grantee: to.String(), Allowance: had.Allowance}), nil
}

// grantTo is the signer's grant of fees to an account, nil for none.
func (s *session) grantTo(grantee string) (*feegrant.Grant, error) {
	var found *feegrant.Grant
	err := pages(func(page *query.PageRequest) (*query.PageResponse, error) {
		r, err := feegrant.NewQueryClient(s.ctx).Allowances(s.cmd.Context(), &feegrant.QueryAllowancesRequest{Grantee: grantee, Pagination: page})
		if err != nil {
			return nil, err
		}
		for _, g := range r.Allowances {
			if g.Granter == s.ctx.FromAddress.String() {
				found = g
			}
		}
		return r.Pagination, nil
	})
	if err != nil {
		return nil, fmt.Errorf("ask for grants of fees to %s: %w", grantee, err)
	}
	return found, nil
}
