package verbs

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

var (
	// errNobody says that a name, an address or a number stands for nothing.
	errNobody = errors.New("not found")
	// errAmbiguous says that a name stands for several.
	errAmbiguous = errors.New("more than one is called so")
)

// noUID stands for a hotkey that holds none in the subnet.
const noUID = -1

// candidate is a hotkey that a name may stand for.
type candidate struct {
	UID           int
	Hotkey, Owner string
	// Names that it goes by: what its hotkey and its owner publish of themselves, and the name of its key in the keyring.
	Names []string
}

// String is how a candidate is shown: names are not unique, so the hotkey is always there.
func (c candidate) String() string {
	words := []string{c.Hotkey}
	if c.UID != noUID {
		words = append(words, fmt.Sprintf("uid %d", c.UID))
	}
	if len(c.Names) > 0 {
		words = append(words, strconv.Quote(c.Names[0]))
	}
	return strings.Join(words, ", ")
}

// pick finds who is meant by a uid, a hotkey or a name, in this order. The errors are errNobody and errAmbiguous.
func pick(netuid uint32, candidates []candidate, who string) (candidate, error) {
	var matches func(candidate) bool
	uid, err := strconv.ParseUint(who, 10, 32)
	switch {
	case err == nil:
		matches = func(c candidate) bool { return c.UID == int(uid) }
	case strings.HasPrefix(who, params.Bech32Prefix+"1"):
		matches = func(c candidate) bool { return c.Hotkey == who }
	default:
		matches = func(c candidate) bool {
			for _, name := range c.Names {
				if strings.EqualFold(name, who) {
					return true
				}
			}
			return false
		}
	}
	var found []candidate
	for _, c := range candidates {
		if matches(c) {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 0:
		if netuid == staketypes.RootNetuid {
			return candidate{}, fmt.Errorf("%q at the root: %w; agond validators root lists whom you can name", who, errNobody)
		}
		return candidate{}, fmt.Errorf("%q in subnet %d: %w; agond validators %d lists whom you can name", who, netuid, errNobody, netuid)
	case 1:
		return found[0], nil
	}
	lines := make([]string, len(found))
	for i, c := range found {
		lines[i] = c.String()
	}
	return candidate{}, fmt.Errorf("%q in subnet %d: %w: give the hotkey or the uid of %s", who, netuid, errAmbiguous, list(lines))
}

// list joins what an error offers, and not more than a reader takes in.
func list(items []string) string {
	const most = 8
	if len(items) > most {
		return strings.Join(items[:most], "; ") + fmt.Sprintf("; and %d more", len(items)-most)
	}
	return strings.Join(items, "; ")
}

// named says whether an argument can only be understood with everybody's names.
func named(who string) bool {
	_, err := strconv.ParseUint(who, 10, 32)
	return err != nil && !strings.HasPrefix(who, params.Bech32Prefix+"1")
}

// metagraph of a subnet.
func (s *session) metagraph(netuid uint32) (*chain.Metagraph, error) {
	r, err := s.scoring().Metagraph(s.cmd.Context(), &scoringtypes.QueryMetagraphRequest{Netuid: netuid})
	if err != nil {
		return nil, err
	}
	return chain.DecodeMetagraph(r)
}

// neurons are a subnet's hotkeys as candidates, by uid and without names.
func neurons(m *chain.Metagraph) []candidate {
	out := make([]candidate, len(m.Neurons))
	for i, n := range m.Neurons {
		out[i] = candidate{UID: int(n.UID), Hotkey: n.Hotkey, Owner: n.Owner}
	}
	return out
}

// validator is whom --validator means among those who hold a uid in a subnet; at the root, among those who have or may get a seat.
func (s *session) validator(netuid uint32, who string) (candidate, error) {
	if who == "" {
		return candidate{}, fmt.Errorf("say whom to back with --validator NAME, HOTKEY or UID: agond validators %d lists them", netuid)
	}
	all, err := s.backers(netuid)
	if err != nil {
		return candidate{}, err
	}
	found, err := s.choose(netuid, all, who)
	if netuid == staketypes.RootNetuid && errors.Is(err, errNobody) {
		return s.seatless(who)
	}
	return found, err
}

// choose picks and gives whom it picked names.
func (s *session) choose(netuid uint32, candidates []candidate, who string) (candidate, error) {
	if _, err := strconv.ParseUint(who, 10, 32); err != nil {
		// A key that signs for a hotkey, whose address is another, stands for it.
		if account, err := s.account(who); err == nil {
			hotkey, err := s.hotkeyAccount(who)
			if err != nil {
				return candidate{}, err
			}
			if !hotkey.Equals(account) {
				who = hotkey.String()
			}
		}
	}
	if named(who) {
		if err := s.name(candidates); err != nil {
			return candidate{}, err
		}
		return pick(netuid, candidates, who)
	}
	found, err := pick(netuid, candidates, who)
	if err != nil {
		return found, err
	}
	one := []candidate{found}
	err = s.name(one)
	return one[0], err
}

// atOnce is how many questions are asked of a node at the same time.
const atOnce = 16

// name fills in the names of candidates, and whose hotkeys they are where that is not known.
func (s *session) name(candidates []candidate) error {
	if err := s.own(candidates); err != nil {
		return err
	}
	// What a hotkey is called, the account of its key publishes; an owner publishes its own.
	type asked struct {
		address string
		hotkey  bool
	}
	published := map[asked]*string{}
	for _, c := range candidates {
		for _, a := range []asked{{c.Hotkey, true}, {c.Owner, false}} {
			if a.address != "" && published[a] == nil {
				published[a] = new(string)
			}
		}
	}
	var group errgroup.Group
	group.SetLimit(atOnce)
	for a, name := range published {
		group.Go(func() error {
			r, err := s.subnets().Identity(s.cmd.Context(), &subnettypes.QueryIdentityRequest{Address: a.address, Hotkey: a.hotkey})
			if chain.NotFound(err) {
				return nil
			}
			if err == nil {
				*name = r.Identity.Name
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("ask for identities: %w", err)
	}
	keys := s.keyNames()
	for i, c := range candidates {
		var names []string
		for _, name := range []string{*orEmpty(published[asked{c.Hotkey, true}]), *orEmpty(published[asked{c.Owner, false}]), keys[c.Hotkey]} {
			if name != "" {
				names = append(names, name)
			}
		}
		candidates[i].Names = names
	}
	return nil
}

// own fills in the owners of hotkeys.
func (s *session) own(candidates []candidate) error {
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, c := range candidates {
		if c.Owner != "" {
			continue
		}
		group.Go(func() error {
			r, err := s.subnets().Hotkey(s.cmd.Context(), &subnettypes.QueryHotkeyRequest{Hotkey: c.Hotkey})
			if chain.NotFound(err) {
				return nil
			}
			if err == nil {
				candidates[i].Owner = r.Owner
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("ask who owns the hotkeys: %w", err)
	}
	return nil
}

func orEmpty(s *string) *string {
	if s == nil {
		return new(string)
	}
	return s
}

// keyNames are the names of the keyring's keys by address. A keyring that cannot be listed has no names to offer.
func (s *session) keyNames() map[string]string {
	out := map[string]string{}
	records, err := s.ctx.Keyring.List()
	if err != nil {
		return out
	}
	for _, r := range records {
		if address, err := r.GetAddress(); err == nil {
			out[address.String()] = r.Name
		}
	}
	return out
}

// pages asks for page after page until there is none.
func pages(ask func(*query.PageRequest) (*query.PageResponse, error)) error {
	page := &query.PageRequest{Limit: 100}
	for {
		next, err := ask(page)
		if err != nil {
			return err
		}
		if next == nil || len(next.NextKey) == 0 {
			return nil
		}
		page = &query.PageRequest{Limit: 100, Key: next.NextKey}
	}
}

// allSubnets lists every subnet.
func (s *session) allSubnets() ([]subnettypes.Subnet, error) {
	var out []subnettypes.Subnet
	err := pages(func(page *query.PageRequest) (*query.PageResponse, error) {
		r, err := s.subnets().Subnets(s.cmd.Context(), &subnettypes.QuerySubnetsRequest{Pagination: page})
		if err != nil {
			return nil, err
		}
		out = append(out, r.Subnets...)
		return r.Pagination, nil
	})
	return out, err
}

// subnet is which one is meant by a netuid, a symbol or a name, in this order.
func (s *session) subnet(which string) (subnettypes.Subnet, error) {
	if which == "" {
		return subnettypes.Subnet{}, errors.New("say in which subnet with --subnet NETUID, SYMBOL or NAME: agond subnet list shows them")
	}
	if isRoot(which) {
		return subnettypes.Subnet{}, fmt.Errorf("%w: AGON is staked there with agond stake add 10agon --subnet root; agond validators root shows its seats", errRoot)
	}
	if netuid, err := strconv.ParseUint(which, 10, 32); err == nil {
		r, err := s.subnets().Subnet(s.cmd.Context(), &subnettypes.QuerySubnetRequest{Netuid: uint32(netuid)})
		if chain.NotFound(err) {
			return subnettypes.Subnet{}, fmt.Errorf("subnet %s: %w; agond subnet list shows which there are", which, errNobody)
		}
		if err != nil {
			return subnettypes.Subnet{}, err
		}
		return r.Subnet, nil
	}
	all, err := s.allSubnets()
	if err != nil {
		return subnettypes.Subnet{}, err
	}
	return pickSubnet(all, which)
}

// pickSubnet finds a subnet by its symbol or its name. The errors are errNobody and errAmbiguous.
func pickSubnet(all []subnettypes.Subnet, which string) (subnettypes.Subnet, error) {
	var found []subnettypes.Subnet
	for _, n := range all {
		if strings.EqualFold(n.Symbol, which) || strings.EqualFold(n.Identity.Name, which) {
			found = append(found, n)
		}
	}
	switch len(found) {
	case 0:
		return subnettypes.Subnet{}, fmt.Errorf("subnet %q: %w; agond subnet list shows which there are", which, errNobody)
	case 1:
		return found[0], nil
	}
	lines := make([]string, len(found))
	for i, n := range found {
		lines[i] = fmt.Sprintf("%d (%s, %q)", n.Netuid, n.Symbol, n.Identity.Name)
	}
	return subnettypes.Subnet{}, fmt.Errorf("subnet %q: %w: give the number of %s", which, errAmbiguous, list(lines))
}

// inPlace says where, in words.
func inPlace(netuid uint32) string {
	if netuid == staketypes.RootNetuid {
		return "at the root"
	}
	return fmt.Sprintf("in subnet %d", netuid)
}

// ended says whether a query was refused because the subnet is dissolved.
func ended(err error) bool {
	return err != nil && strings.Contains(err.Error(), subnettypes.ErrSubnetDissolved.Error())
}

// positions lists all of an owner's positions that hold something.
func (s *session) positions(owner sdk.AccAddress) ([]staketypes.PositionInfo, error) {
	var out []staketypes.PositionInfo
	err := pages(func(page *query.PageRequest) (*query.PageResponse, error) {
		r, err := s.stake().Positions(s.cmd.Context(), &staketypes.QueryPositionsRequest{Owner: owner.String(), Pagination: page})
		if err != nil {
			return nil, err
		}
		for _, p := range r.Positions {
			if p.Alpha > 0 {
				out = append(out, p)
			}
		}
		return r.Pagination, nil
	})
	return out, err
}

// position is the signer's in a subnet behind whom --validator means; without one it is the only position there.
func (s *session) position(netuid uint32, who string) (staketypes.PositionInfo, candidate, error) {
	all, err := s.positions(s.ctx.FromAddress)
	if err != nil {
		return staketypes.PositionInfo{}, candidate{}, err
	}
	held := map[string]staketypes.PositionInfo{}
	var behind []string
	for _, p := range all {
		if p.Position.Netuid == netuid {
			held[p.Position.Hotkey] = p
			behind = append(behind, p.Position.Hotkey)
		}
	}
	if len(behind) == 0 {
		return staketypes.PositionInfo{}, candidate{}, fmt.Errorf("%s has no stake %s: agond portfolio shows where it has: %w", s.ctx.FromAddress, inPlace(netuid), errNobody)
	}
	if who == "" {
		if len(behind) > 1 {
			return staketypes.PositionInfo{}, candidate{}, fmt.Errorf("--validator is needed: %s backs %s %s", s.ctx.FromAddress, list(behind), inPlace(netuid))
		}
		who = behind[0]
	}
	present, err := s.backers(netuid)
	if err != nil && !ended(err) {
		return staketypes.PositionInfo{}, candidate{}, err
	}
	// What is meant is somebody whom one backs, with or without a uid now; in a dissolved subnet nobody has one.
	var candidates []candidate
	for _, c := range present {
		if _, ok := held[c.Hotkey]; ok {
			candidates = append(candidates, c)
			delete(held, c.Hotkey)
		}
	}
	gone := held
	for _, hotkey := range behind {
		if _, ok := gone[hotkey]; ok {
			candidates = append(candidates, candidate{UID: noUID, Hotkey: hotkey})
		}
	}
	found, err := s.choose(netuid, candidates, who)
	if err != nil {
		return staketypes.PositionInfo{}, candidate{}, fmt.Errorf("among those whom %s backs: %w", s.ctx.FromAddress, err)
	}
	for _, p := range all {
		if p.Position.Netuid == netuid && p.Position.Hotkey == found.Hotkey {
			return p, found, nil
		}
	}
	return staketypes.PositionInfo{}, candidate{}, errNobody
}
