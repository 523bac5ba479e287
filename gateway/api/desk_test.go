package api

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/gateway/route"
	"github.com/agon-chain/agon/gateway/upstream"
	"github.com/agon-chain/agon/wire"
)

func TestMain(m *testing.M) {
	params.ConfigureSDK()
	m.Run()
}

// desk is an API without network: a chain and miners that do what a test says, by the clock of the test.
type desk struct {
	t    *testing.T
	read func(ctx context.Context) (*directory.View, error)
	log  bytes.Buffer
	dir  *directory.Directory
	http http.Handler
}

func (d *desk) Read(ctx context.Context) (*directory.View, error) { return d.read(ctx) }

func (d *desk) Do(_ context.Context, call wire.Call, _ payer.Terms) (*wire.Reply, payer.Paid, error) {
	body := fmt.Appendf(nil, `{"id":"c","object":"chat.completion","model":%q,"choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}`, call.To)
	return &wire.Reply{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: body, Receipt: &wire.Receipt{Status: 200, OutputTokens: 1}}, payer.Paid{}, nil
}

func (d *desk) Stream(ctx context.Context, call wire.Call, t payer.Terms, _ func([]byte) error) (*wire.Reply, payer.Paid, error) {
	return d.Do(ctx, call, t)
}

// open serves with the bounds that a gateway has by default, and reads the chain until the context ends.
func newDesk(t *testing.T, read func(context.Context) (*directory.View, error)) *desk {
	t.Helper()
	d := &desk{t: t, read: read}
	log := slog.New(slog.NewTextHandler(&d.log, nil))
	account, sign, err := wire.LocalAccount(bytes.Repeat([]byte{1}, 32))
	require.NoError(t, err)
	d.dir = directory.New(d, 5*time.Second, log, nil)
	d.http = New(Options{
		ChainID: "c", Directory: d.dir, Router: route.New(nil), Gate: Open(), Metrics: NewMetrics(prometheus.NewRegistry()), Log: log,
		Caller:  &upstream.Caller{Pays: d, Sessions: &upstream.Sessions{ChainID: "c", Account: account, Sign: sign, Now: time.Now}, Now: time.Now},
		MaxBody: 1 << 20, MaxCost: 1 << 40, Attempts: 3, Timeout: time.Minute, StaleAfter: 30 * time.Second,
	}).Handler()
	return d
}

func (d *desk) get(path string) (int, http.Header, string) {
	w := httptest.NewRecorder()
	d.http.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Header(), w.Body.String()
}

func (d *desk) chat(body string) (int, http.Header, string) {
	r := httptest.NewRequest(http.MethodPost, chatRoute, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	d.http.ServeHTTP(w, r)
	return w.Code, w.Header(), w.Body.String()
}

// views is a chain with one subnet and miners of these names.
func views(height int64, names ...string) *directory.View {
	v := &directory.View{Height: height, Subnets: []*directory.Subnet{{Netuid: 1, Title: "Small Talk", Task: "chat", Route: chatRoute}}}
	for i, n := range names {
		v.Miners = append(v.Miners, &directory.Miner{Netuid: 1, UID: uint16(i), Hotkey: n})
	}
	return v
}
