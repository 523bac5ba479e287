package api

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/wire"
)

// modelRow is a model as OpenAI lists it, with what routing knows beside it.
type modelRow struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
	Task    string `json:"task"`
	Miners  int    `json:"miners"`
	Root    string `json:"root,omitempty"`
	Context int    `json:"context_length,omitempty"`
}

// rows lists subnet, subnet/model and subnet/model@version.
func rows(v *directory.View) []modelRow {
	var out []modelRow
	at := map[string]int{}
	add := func(id string, s *directory.Subnet, root wire.Hash, context int) {
		i, ok := at[id]
		if !ok {
			i = len(out)
			at[id] = i
			r := modelRow{ID: id, Object: "model", OwnedBy: fmt.Sprintf("subnet-%d", s.Netuid), Task: s.Task, Context: context}
			if root != (wire.Hash{}) {
				r.Root = hex.EncodeToString(root[:])
			}
			out = append(out, r)
		}
		out[i].Miners++
	}
	for _, m := range v.Miners {
		if m.Subnet == nil {
			continue
		}
		base := strconv.Itoa(int(m.Netuid))
		add(base, m.Subnet, wire.Hash{}, 0)
		var names []string
		for _, model := range m.Models {
			if !slices.Contains(names, model.Name) {
				names = append(names, model.Name)
				add(base+"/"+model.Name, m.Subnet, wire.Hash{}, model.Context)
			}
			if model.Version != "" && !slices.Contains(names, model.Pin()) {
				names = append(names, model.Pin())
				add(base+"/"+model.Pin(), m.Subnet, model.Root, model.Context)
			}
		}
	}
	return out
}

func (c *call) models() {
	v, _, err := c.a.o.Directory.Latest()
	if err != nil {
		c.fail(err)
		return
	}
	list := slices.DeleteFunc(rows(v), func(r modelRow) bool { return !c.who.Allows(r.ID) })
	if list == nil {
		list = []modelRow{}
	}
	c.json(map[string]any{"object": "list", "data": list})
}

func (c *call) model() {
	v, _, err := c.a.o.Directory.Latest()
	if err != nil {
		c.fail(err)
		return
	}
	id := c.r.URL.Path[len("/v1/models/"):]
	for _, r := range rows(v) {
		if r.ID == id && c.who.Allows(id) {
			c.json(r)
			return
		}
	}
	c.fail(refuse(http.StatusNotFound, "model_not_found", "model", fmt.Sprintf("no model %.128q; GET /v1/models lists what there is", id)))
}

// minerRow is what a client needs to seal a call to a miner of its choice.
type minerRow struct {
	Netuid     uint16     `json:"netuid"`
	UID        uint16     `json:"uid"`
	Hotkey     string     `json:"hotkey"`
	URL        string     `json:"url"`
	Route      string     `json:"route"`
	Task       string     `json:"task"`
	Region     string     `json:"region,omitempty"`
	ServiceKey string     `json:"service_key"`
	SealingKey []byte     `json:"sealing_key,omitempty"` // base64
	Price      wire.Price `json:"price"`
	Incentive  uint16     `json:"incentive"`
	Models     []modelPin `json:"models"`
}

type modelPin struct {
	Model string `json:"model"`
	Root  string `json:"root"`
	Bound bool   `json:"bound"`
}

func (c *call) miners() {
	v, _, err := c.a.o.Directory.Latest()
	if err != nil {
		c.fail(err)
		return
	}
	out := []minerRow{}
	for _, m := range v.Miners {
		if m.Subnet == nil {
			continue
		}
		if n := c.r.URL.Query().Get("subnet"); n != "" && n != strconv.Itoa(int(m.Netuid)) && n != m.Subnet.Slug {
			continue
		}
		row := minerRow{
			Netuid: m.Netuid, UID: m.UID, Hotkey: m.Hotkey, URL: m.URL, Route: m.Subnet.Route, Task: m.Subnet.Task, Region: m.Region,
			ServiceKey: m.ServiceKey.String(), SealingKey: m.SealingKey, Price: m.Price, Incentive: m.Incentive, Models: []modelPin{},
		}
		for _, p := range m.Models {
			row.Models = append(row.Models, modelPin{p.Pin(), hex.EncodeToString(p.Root[:]), p.Bound})
		}
		out = append(out, row)
	}
	c.json(map[string]any{"object": "list", "chain_id": c.a.o.ChainID, "height": v.Height, "data": out})
}

func (c *call) json(v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		c.fail(err)
		return
	}
	c.w.Header().Set("Content-Type", "application/json")
	_, _ = c.w.Write(append(raw, '\n')) // the caller is gone; there is nobody to tell
}

// Health is 200 while the process answers.
func (a *API) Health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte("{\"status\":\"ok\"}\n"))
}

// Ready is 200 as long as there is a view to serve from, however old: the answer says how old.
func (a *API) Ready(w http.ResponseWriter, _ *http.Request) {
	out := map[string]any{"status": "ready"}
	w.Header().Set("Content-Type", "application/json")
	v, age, err := a.o.Directory.Latest()
	switch {
	case err != nil:
		out["status"] = "starting"
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		out["height"], out["view_age_seconds"], out["node_away"], out["miners"] = v.Height, int(age.Seconds()), a.o.Directory.Away(), len(v.Miners)
		if a.o.Directory.Away() || age > a.o.StaleAfter {
			out["status"] = "ready, from the last view: no node answers"
		}
	}
	raw, _ := json.Marshal(out) // strings and numbers
	_, _ = w.Write(append(raw, '\n'))
}
