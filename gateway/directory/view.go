package directory

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agon-chain/agon/wire"
)

// Subnet is one market of expertise that can be called.
type Subnet struct {
	Netuid uint16
	Slug   string // of its name: lower case letters, digits and hyphens; "" where the name gives none, or an older subnet has the same
	Title  string
	Task   string // kind of its task
	Route  string // path that its miners serve
	// Replayed says that validators compute the pinned versions again, so that their questions have a seed and ask for log-probabilities.
	Replayed bool
}

// Model is one version that a miner serves.
type Model struct {
	Name    string // without version
	Version string // without name; "" where the miner names none
	// ID of the version in x/model, for payment; 0 where the miner only says that it serves it.
	ID uint64
	// Root is what the miner's receipts must carry; zero: unknown.
	Root    wire.Hash
	Bound   bool // bound on the chain, and challenged there; else the miner's own word
	Context int  // tokens; 0: not told
}

// Pin is name@version, or the name alone.
func (m Model) Pin() string {
	if m.Version == "" {
		return m.Name
	}
	return m.Name + "@" + m.Version
}

// Matches says whether a name, with or without a version, means this model. A root in 64 hexadecimal digits does too.
func (m Model) Matches(name string) bool {
	return name == m.Name || name == m.Pin() || (m.Root != wire.Hash{} && len(name) == 64 && strings.EqualFold(name, hex.EncodeToString(m.Root[:])))
}

// Miner is one that can be called. It is shared: read it only.
type Miner struct {
	Netuid     uint16
	UID        uint16
	Hotkey     string
	URL        string
	ServiceKey wire.ServicePublic
	SealingKey []byte // wire.SealingPublicSize bytes, or none
	Region     string
	Incentive  uint16 // of 65535, by the last epoch
	Price      wire.Price
	Models     []Model
	Subnet     *Subnet
}

// View is the chain as of one moment. It is shared: read it only.
type View struct {
	At      time.Time // before the first question of the reading
	Height  int64
	Subnets []*Subnet // by netuid
	Miners  []*Miner  // by netuid, then uid
}

// Index finishes a view that was read: order, slugs, and each miner's subnet. A name that several subnets have belongs to the oldest, so
// that nobody takes another's callers by taking its name.
func (v *View) Index() {
	slices.SortFunc(v.Subnets, func(a, b *Subnet) int { return cmp.Compare(a.Netuid, b.Netuid) })
	slices.SortFunc(v.Miners, func(a, b *Miner) int { return cmp.Or(cmp.Compare(a.Netuid, b.Netuid), cmp.Compare(a.UID, b.UID)) })
	taken := map[string]bool{}
	for _, s := range v.Subnets {
		s.Slug = slug(s.Title)
		if taken[s.Slug] {
			s.Slug = ""
		}
		taken[s.Slug] = true
	}
	for _, m := range v.Miners {
		m.Subnet, _ = v.SubnetOf(strconv.Itoa(int(m.Netuid)))
	}
}

// slug makes a word of a title. A word of digits alone would read as a netuid, and "auto" has a meaning of its own.
func slug(title string) string {
	var b strings.Builder
	letters := false
	for _, r := range strings.ToLower(title) {
		switch {
		case r >= 'a' && r <= 'z':
			letters = true
			b.WriteRune(r)
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	s := strings.TrimSuffix(b.String(), "-")
	if !letters || s == "auto" {
		return ""
	}
	return s
}

// SubnetOf finds a subnet by netuid or slug.
func (v *View) SubnetOf(name string) (*Subnet, bool) {
	n, err := strconv.ParseUint(name, 10, 16)
	for _, s := range v.Subnets {
		if (err == nil && uint64(s.Netuid) == n) || (name != "" && s.Slug == name) {
			return s, true
		}
	}
	return nil, false
}
