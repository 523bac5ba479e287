package verbs

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/cosmos/cosmos-sdk/client"

	"github.com/agon-chain/agon/chain"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func validatorChildrenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:                        "children",
		Short:                      "Let other hotkeys validate with parts of what is behind yours",
		SuggestionsMinimumDistance: 2,
		RunE:                       client.ValidateCmd,
	}
	cmd.AddCommand(childrenSetCommand(), childrenShowCommand())
	return cmd
}

func childrenSetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set PARENT CHILD=PERCENT... --subnet SUBNET",
		Short: "Name a hotkey's children in a subnet and the part of its stake that counts for each; off ends it",
		Long: `Name a hotkey's children in a subnet: up to 5 hotkeys that validate with a part each of what is behind it, token and root stake alike. It takes the place of what
was set before, and is in force some blocks later, so that backers see where their stake goes. What is not given stays with the parent. A child keeps its child
take (agond validator take --child) of the dividends on it. off ends all of it. The owner of the parent signs.

A name, a uid or an address stands for a hotkey.`,
		Example: `agond validator children set oak ash=25% 7=10% --subnet 3 --from owner --dry-run
agond validator children set agon1... off --subnet LANG --from owner --yes`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := openSigner(cmd)
			if err != nil {
				return err
			}
			which, _ := cmd.Flags().GetString(flagSubnet)
			subnet, err := s.subnet(which)
			if err != nil {
				return err
			}
			p, err := s.planChildren(subnet, args[0], args[1:])
			if err != nil {
				return err
			}
			return s.carryOut(p)
		},
	}
	signFlags(cmd)
	cmd.Flags().String(flagSubnet, "", "the subnet, by number, symbol or name (required)")
	completeSubnet(cmd, flagSubnet)
	return cmd
}

// parseChild reads CHILD=25%: who, and the part in basis points.
func parseChild(text string) (who string, points uint64, err error) {
	at := strings.LastIndex(text, "=")
	if at <= 0 {
		return "", 0, fmt.Errorf("%q: write CHILD=25%%, with a name, a uid or a hotkey for CHILD; or off alone", text)
	}
	if points, err = parsePercent(text[at+1:]); err == nil && points == 0 {
		err = fmt.Errorf("%w: 0%% is nothing: leave that child out", errAmount)
	}
	if err != nil {
		return "", 0, fmt.Errorf("%q: %w", text, err)
	}
	return text[:at], points, nil
}

// parents are whom a name may mean as somebody who delegates in a subnet: who holds a uid there, or has a seat at the root.
func (s *session) parents(netuid uint32) ([]candidate, error) {
	all, err := s.backers(netuid)
	if err != nil {
		return nil, err
	}
	seats, err := s.backers(staketypes.RootNetuid)
	if err != nil {
		return nil, err
	}
	for _, seat := range seats {
		if !slices.ContainsFunc(all, func(c candidate) bool { return c.Hotkey == seat.Hotkey }) {
			all = append(all, seat)
		}
	}
	return all, nil
}

func (s *session) planChildren(n subnettypes.Subnet, who string, named []string) (plan, error) {
	all, err := s.parents(n.Netuid)
	if err != nil {
		return plan{}, err
	}
	parent, err := s.choose(n.Netuid, all, who)
	if err != nil {
		return plan{}, err
	}
	now, err := s.stake().Children(s.cmd.Context(), &staketypes.QueryChildrenRequest{Netuid: n.Netuid, Hotkey: parent.Hotkey})
	if err != nil {
		return plan{}, err
	}
	msg := &staketypes.MsgSetChildren{Owner: s.ctx.FromAddress.String(), Hotkey: parent.Hotkey, Netuid: n.Netuid}
	p := plan{verb: "validator children set", msg: msg}
	p.about = sheet{s.signerLine("owner"), subnetLine(n), {"hotkey", parent.Hotkey, "parent", parent.String()}}
	var had []staketypes.Child
	for _, c := range now.Children {
		had = append(had, c.Child)
		p.about = append(p.about, field{label: "child now", text: childText(c.Child) + " of what is behind it"})
	}
	if now.PendingAt > 0 {
		p.warn = fmt.Sprintf("other children are announced for block %d: this takes their place, and waits anew", now.PendingAt)
	}
	var sum uint64
	if len(named) != 1 || !strings.EqualFold(named[0], "off") {
		for _, text := range named {
			who, points, err := parseChild(text)
			if err != nil {
				return plan{}, err
			}
			child, err := s.choose(n.Netuid, all, who)
			if err != nil {
				return plan{}, err
			}
			c := staketypes.Child{Hotkey: child.Hotkey, Bps: uint32(points)}
			msg.Children = append(msg.Children, c)
			p.about = append(p.about, field{label: "child then", text: percent(points) + " to " + child.String()})
			sum += points
		}
		if sum > bps {
			return plan{}, fmt.Errorf("%w: the parts make %s, at most all of it", errAmount, percent(sum))
		}
	}
	if slices.Equal(had, msg.Children) && now.PendingAt == 0 {
		return plan{}, fmt.Errorf("%w: agond validator children show %s --subnet %d", errSame, parent.Hotkey, n.Netuid)
	}
	p.about = append(p.about, field{"children", msg.Children, "stays with the parent", percent(bps - sum)})
	p.foresee = func(r chain.TxResult) (sheet, string, error) {
		lines, err := childrenFrom(r, "counts from about")
		return lines, p.warn, err
	}
	p.outcome = func(r chain.TxResult) (sheet, error) { return childrenFrom(r, "counts from") }
	return p, nil
}

// childrenFrom reads from when children count.
func childrenFrom(result chain.TxResult, label string) (sheet, error) {
	var r staketypes.MsgSetChildrenResponse
	if err := chain.Response(result, 0, &r); err != nil {
		return nil, err
	}
	return sheet{{"pending_at", r.PendingAt, label, fmt.Sprintf("block %d", r.PendingAt)}}, nil
}

func childText(c staketypes.Child) string {
	return percent(uint64(c.Bps)) + " to " + c.Hotkey
}

func childrenShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show HOTKEY [--subnet SUBNET]",
		Short: "Show whom a hotkey lets validate for it, and who lets it validate, in one subnet or in all",
		Long: `Show whom a hotkey lets validate with parts of what is behind it, and who lets it validate with theirs: in one subnet, or in all. The hotkey is an address or a key of
the keyring; with --subnet also a name or a uid there.`,
		Example: "agond validator children show oak --subnet 3\nagond validator children show agon1... --output json | jq '.families[]'",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			k, err := s.kinship(args[0])
			if err != nil {
				return err
			}
			return s.print(k, k.text)
		},
	}
	askFlags(cmd)
	cmd.Flags().String(flagSubnet, "", "the subnet, by number, symbol or name; all if left out")
	completeSubnet(cmd, flagSubnet)
	return cmd
}

// kinship is who delegates to whom of what is behind a hotkey.
type kinship struct {
	Hotkey   string    `json:"hotkey"`
	Families []related `json:"families"`
}

// related is one delegation.
type related struct {
	Netuid uint32 `json:"netuid"`
	// Relation is child for whom the hotkey delegates to, pending for such a child from a block on, parent for who delegates to it.
	Relation string `json:"relation"`
	Hotkey   string `json:"hotkey"`
	Bps      uint32 `json:"bps"`
	// ChildTakeBps is what the child of the two keeps of the dividends on it.
	ChildTakeBps uint32 `json:"child_take_bps"`
	// Counts says that it counts now, From from which height it will; Alpha and Root what a parent's makes, in base units of token.
	Counts bool   `json:"counts"`
	From   int64  `json:"from,omitempty"`
	Alpha  uint64 `json:"alpha,string"`
	Root   uint64 `json:"root,string"`
}

func (s *session) kinship(who string) (kinship, error) {
	var netuids []uint32
	var hotkey string
	if which, _ := s.cmd.Flags().GetString(flagSubnet); which != "" {
		n, err := s.subnet(which)
		if err != nil {
			return kinship{}, err
		}
		all, err := s.parents(n.Netuid)
		if err != nil {
			return kinship{}, err
		}
		found, err := s.choose(n.Netuid, all, who)
		if errors.Is(err, errNobody) {
			found, err = s.keyed(who, err)
		}
		if err != nil {
			return kinship{}, err
		}
		netuids, hotkey = []uint32{n.Netuid}, found.Hotkey
	} else {
		address, err := s.account(who)
		if err != nil {
			return kinship{}, fmt.Errorf("%w; with --%s also a name or a uid", err, flagSubnet)
		}
		all, err := s.allSubnets()
		if err != nil {
			return kinship{}, err
		}
		for _, n := range all {
			if n.DissolvedAt == 0 {
				netuids = append(netuids, n.Netuid)
			}
		}
		hotkey = address.String()
	}
	found := make([][]related, len(netuids))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, netuid := range netuids {
		group.Go(func() (err error) {
			found[i], err = s.relatives(netuid, hotkey)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return kinship{}, err
	}
	return kinship{Hotkey: hotkey, Families: append([]related{}, slices.Concat(found...)...)}, nil
}

// keyed is the hotkey of an address or a key of the keyring that holds neither a uid nor a seat; missed says who was not found.
func (s *session) keyed(who string, missed error) (candidate, error) {
	address, err := s.account(who)
	if err != nil {
		return candidate{}, missed
	}
	return candidate{UID: noUID, Hotkey: address.String()}, nil
}

// relatives of a hotkey in a subnet.
func (s *session) relatives(netuid uint32, hotkey string) ([]related, error) {
	children, err := s.stake().Children(s.cmd.Context(), &staketypes.QueryChildrenRequest{Netuid: netuid, Hotkey: hotkey})
	if err != nil {
		return nil, err
	}
	parents, err := s.stake().Parents(s.cmd.Context(), &staketypes.QueryParentsRequest{Netuid: netuid, Hotkey: hotkey})
	if err != nil {
		return nil, err
	}
	var out []related
	for _, c := range children.Children {
		out = append(out, related{Netuid: netuid, Relation: "child", Hotkey: c.Child.Hotkey, Bps: c.Child.Bps, ChildTakeBps: c.TakeBps, Counts: c.Counts})
	}
	for _, c := range children.Pending {
		out = append(out, related{Netuid: netuid, Relation: "pending", Hotkey: c.Hotkey, Bps: c.Bps, From: children.PendingAt})
	}
	if children.PendingAt > 0 && len(children.Pending) == 0 {
		out = append(out, related{Netuid: netuid, Relation: "pending", From: children.PendingAt})
	}
	for _, p := range parents.Parents {
		out = append(out, related{Netuid: netuid, Relation: "parent", Hotkey: p.Hotkey, Bps: p.Bps, ChildTakeBps: parents.TakeBps, Counts: p.Alpha+p.Root > 0, Alpha: p.Alpha, Root: p.Root})
	}
	return out, nil
}

func (k kinship) text() string {
	if len(k.Families) == 0 {
		return k.Hotkey + " has no children and no parents"
	}
	t := newTable("Children and parents of "+k.Hotkey, table.Row{"subnet", "is", "hotkey", "part", "child take", "counts"}, "is", "hotkey", "counts")
	for _, r := range k.Families {
		counts, take, part := "no", percent(uint64(r.ChildTakeBps)), percent(uint64(r.Bps))
		if r.Counts {
			counts = "yes"
		}
		if r.Relation == "parent" {
			counts = plain(r.Alpha) + " token and " + plain(r.Root) + " for root stake"
		}
		if r.From > 0 {
			counts, take = fmt.Sprintf("from block %d", r.From), ""
		}
		if r.Hotkey == "" {
			part, counts = "", "none "+counts
		}
		t.AppendRow(table.Row{r.Netuid, r.Relation, r.Hotkey, part, take, counts})
	}
	return t.Render()
}
