package verbs

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"

	staketypes "github.com/agon-chain/agon/x/stake/types"
)

// seating is the seats at the root by stake.
type seating struct {
	Seats []seat `json:"seats"`
	// Most is how many seats there can be, Entry the root stake in nagon that a hotkey without one must have behind it to get one.
	Most  uint32 `json:"most"`
	Entry uint64 `json:"entry,string"`
}

// seat has stake in nagon.
type seat struct {
	Seat    uint32   `json:"seat"`
	Names   []string `json:"names"`
	Hotkey  string   `json:"hotkey"`
	Owner   string   `json:"owner"`
	Stake   uint64   `json:"stake,string"`
	TakeBps uint32   `json:"take_bps"`
}

func (s *session) rootSeats() (*staketypes.QueryRootSeatsResponse, error) {
	return s.stake().RootSeats(s.cmd.Context(), &staketypes.QueryRootSeatsRequest{})
}

func (s *session) seating() (seating, error) {
	r, err := s.rootSeats()
	if err != nil {
		return seating{}, err
	}
	out := seating{Seats: []seat{}, Most: r.Most, Entry: r.Entry}
	holders := make([]candidate, len(r.Seats))
	for i, one := range r.Seats {
		holders[i] = candidate{UID: noUID, Hotkey: one.Hotkey}
	}
	if err := s.name(holders); err != nil {
		return out, err
	}
	for i, one := range r.Seats {
		out.Seats = append(out.Seats, seat{
			Seat: one.Seat, Names: append([]string{}, holders[i].Names...), Hotkey: one.Hotkey, Owner: holders[i].Owner, Stake: one.Stake, TakeBps: one.TakeBps,
		})
	}
	slices.SortStableFunc(out.Seats, func(a, b seat) int { return cmp.Compare(b.Stake, a.Stake) })
	return out, nil
}

func (r seating) text() string {
	t := newTable("Seats at the root, stake in AGON", table.Row{"seat", "name", "hotkey", "stake", "take"}, "name", "hotkey")
	for _, v := range r.Seats {
		name := ""
		if len(v.Names) > 0 {
			name = v.Names[0]
		}
		t.AppendRow(table.Row{v.Seat, name, v.Hotkey, column(v.Stake), percent(uint64(v.TakeBps))})
	}
	return t.Render() + "\n" + r.next()
}

// next is what a newcomer needs.
func (r seating) next() string {
	if free := int(r.Most) - len(r.Seats); free > 0 {
		return fmt.Sprintf("%d of %d seats are free: the next hotkey needs %s behind it.", free, r.Most, agon(r.Entry))
	}
	return fmt.Sprintf("All %d seats are taken: a newcomer needs %s behind it, and whoever has least leaves.", r.Most, agon(r.Entry))
}

// rootLines say what root stake behind a hotkey means for its seat.
func (s *session) rootLines(v candidate, nagon uint64) (sheet, error) {
	r, err := s.rootSeats()
	if err != nil {
		return nil, err
	}
	seated := slices.ContainsFunc(r.Seats, func(one staketypes.RootSeat) bool { return one.Hotkey == v.Hotkey })
	text := "has one"
	switch {
	case !seated && len(r.Seats) < int(r.Most):
		text = "gets a free one"
	case !seated:
		text = fmt.Sprintf("gets one if %s are behind it then; whoever has least leaves", agon(r.Entry))
	}
	return sheet{{"seated", seated, "its seat", text}, {name: "entry", value: base(r.Entry)}}, nil
}
