package route

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/wire"
)

// Auto is the name for the best expert of any subnet with the task.
const Auto = "auto"

const maxModel = 200

// Model is what a call names.
type Model struct {
	Subnet string // netuid or slug; "" for any
	Name   string // model, with @version where it is pinned, or a root; "" for any
}

// ParseModel reads "subnet/model@version", "subnet/model", "subnet" or "auto". Errors: ErrModel.
func ParseModel(s string) (Model, error) {
	if len(s) > maxModel || s == "" {
		return Model{}, fmt.Errorf("%w: model is %.64q, want subnet/model@version, subnet/model, subnet or auto", ErrModel, s)
	}
	if s == Auto {
		return Model{}, nil
	}
	subnet, name, named := strings.Cut(s, "/")
	if subnet == "" || (named && name == "") {
		return Model{}, fmt.Errorf("%w: model is %.64q, want subnet/model@version, subnet/model, subnet or auto, such as 1/llama@2", ErrModel, s)
	}
	return Model{subnet, name}, nil
}

// Pinned says whether only one version will do.
func (m Model) Pinned() bool { return strings.Contains(m.Name, "@") || len(m.Name) == 64 }

// Provider is what a caller wants of who answers, as OpenRouter has it. Providers are named by hotkey.
type Provider struct {
	Order          []string  `json:"order"`           // tried first, in this order
	Only           []string  `json:"only"`            // nobody else
	Ignore         []string  `json:"ignore"`          // never these
	Sort           string    `json:"sort"`            // price, latency or throughput in place of the draw
	MaxPrice       *MaxPrice `json:"max_price"`       // of a miner
	AllowFallbacks *bool     `json:"allow_fallbacks"` // false: nobody beside those in Order is asked or, without it, nobody but the first
	Region         []string  `json:"region"`          // as miners publish it; ours, not OpenRouter's
	MinContext     int       `json:"min_context"`     // tokens; ours
}

// MaxPrice bounds a miner's prices, in nagon.
type MaxPrice struct {
	Prompt     *uint64 `json:"prompt"`     // per million tokens
	Completion *uint64 `json:"completion"` // per million tokens
	Request    *uint64 `json:"request"`
}

// ParseProvider reads the object; nothing and null are none. Unknown members are refused: who sends them wants what they ask for. Errors: ErrModel.
func ParseProvider(raw json.RawMessage) (Provider, error) {
	var p Provider
	if len(raw) == 0 {
		return p, nil
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return p, fmt.Errorf("%w: provider: %w; known are order, only, ignore, sort, max_price, allow_fallbacks, region, min_context", ErrModel, err)
	}
	if !slices.Contains([]string{"", "price", "latency", "throughput"}, p.Sort) {
		return p, fmt.Errorf("%w: provider.sort is %.32q, want price, latency or throughput", ErrModel, p.Sort)
	}
	if n := len(p.Order) + len(p.Only) + len(p.Ignore) + len(p.Region); n > 256 {
		return p, fmt.Errorf("%w: provider names %d miners and regions, want at most 256", ErrModel, n)
	}
	return p, nil
}

// Fallbacks says whether another miner may be tried.
func (p Provider) Fallbacks() bool { return p.AllowFallbacks == nil || *p.AllowFallbacks }

func (p Provider) allows(m *directory.Miner, model directory.Model) bool {
	if !p.Fallbacks() && len(p.Order) > 0 && !slices.Contains(p.Order, m.Hotkey) {
		return false
	}
	if len(p.Only) > 0 && !slices.Contains(p.Only, m.Hotkey) || slices.Contains(p.Ignore, m.Hotkey) || len(p.Region) > 0 && !slices.Contains(p.Region, m.Region) {
		return false
	}
	if p.MinContext > 0 && model.Context > 0 && model.Context < p.MinContext {
		return false
	}
	return p.MaxPrice == nil || p.MaxPrice.allows(m.Price)
}

func (x MaxPrice) allows(p wire.Price) bool {
	return (x.Prompt == nil || p.PerMillionInput <= *x.Prompt) && (x.Completion == nil || p.PerMillionOutput <= *x.Completion) && (x.Request == nil || p.PerRequest <= *x.Request)
}
