package api

import (
	"net/http"

	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/gateway/route"
)

// pass relays a task's own route: the body as it is, since tasks read theirs strictly. What routes the call stands in headers ([HeaderModel], [HeaderProvider]) or in
// the path, and in the body's "model" alone where path is OpenAI's.
func (c *call) pass(path, subnet string) {
	raw, sealed, err := c.read()
	if err != nil {
		c.fail(err)
		return
	}
	if sealed {
		if path, err = c.routeOf(path, subnet); err != nil {
			c.fail(err)
			return
		}
		c.sealed(raw, path, subnet)
		return
	}
	in, err := c.parseFor(raw, subnet)
	if err != nil {
		c.fail(err)
		return
	}
	if path, err = c.routeOf(path, in.model.Subnet); err != nil {
		c.fail(err)
		return
	}
	in.verbatim = path != embeddingsRoute
	if in.stream {
		c.streamed(in, path, &chatFilter{in: in})
		return
	}
	ans, err := c.whole(in, path)
	if err != nil {
		c.failed(ans, err)
		return
	}
	c.give(ans, ans.Reply.Body, "")
}

// embeddingsRoute is OpenAI's, and that of a task of embeddings.
const embeddingsRoute = "/v1/embeddings"

// parseFor is parse for a subnet that the path names.
func (c *call) parseFor(raw []byte, subnet string) (*input, error) {
	if subnet != "" && c.r.Header.Get(HeaderModel) == "" {
		c.r.Header.Set(HeaderModel, subnet)
	}
	in, err := c.parse(raw)
	if err != nil {
		return nil, err
	}
	if subnet != "" && in.model.Subnet != subnet {
		return nil, refuse(http.StatusBadRequest, "invalid_routing", HeaderModel, HeaderModel+" names another subnet than the path")
	}
	if in.ensemble != nil {
		return nil, refuse(http.StatusBadRequest, "invalid_request", "agon.ensemble", "ensembles are for /v1/chat/completions")
	}
	return in, nil
}

// routeOf is the path that a subnet's miners serve.
func (c *call) routeOf(path, subnet string) (string, error) {
	if path != "" {
		return path, nil
	}
	v, _, err := c.a.o.Directory.Latest()
	if err != nil {
		return "", err
	}
	s, ok := v.SubnetOf(subnet)
	if !ok {
		return "", refuse(http.StatusNotFound, "model_not_found", "model", "no such subnet; GET /v1/models lists what there is")
	}
	return s.Route, nil
}

// served says whether a path is the route of some subnet's task.
func served(v *directory.View, path string) bool {
	for _, s := range v.Subnets {
		if s.Route == path {
			return true
		}
	}
	return false
}

// other answers what no route of this package is for: the route of a task, for any of its subnets, or nothing.
func (a *API) other() http.HandlerFunc {
	task := a.authorized("tasks", func(c *call) {
		if c.r.Header.Get(HeaderModel) == "" {
			c.r.Header.Set(HeaderModel, route.Auto)
		}
		c.pass(c.r.URL.Path, "")
	})
	unknown := a.handle("unknown", func(c *call) {
		c.fail(refuse(http.StatusNotFound, "unknown_route", "", "no route "+clip(c.r.Method+" "+c.r.URL.Path)+"; GET /v1/models lists what is served, docs/gateway.md the routes"))
	})
	return func(w http.ResponseWriter, r *http.Request) {
		if v, _, err := a.o.Directory.Latest(); err == nil && r.Method == http.MethodPost && served(v, r.URL.Path) {
			task(w, r)
			return
		}
		unknown(w, r)
	}
}

// clip bounds what is repeated of a request.
func clip(s string) string {
	const most = 100
	if len(s) > most {
		s = s[:most] + "..."
	}
	return s
}
