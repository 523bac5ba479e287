package gateway_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	openai "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/gateway"
	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/gateway/keys/store"
	"github.com/agon-chain/agon/wire"
)

func TestMain(m *testing.M) {
	params.ConfigureSDK()
	goleak.VerifyTestMain(
		m,
		// A timer that a dependency of the SDK's keyring starts when it is imported.
		goleak.IgnoreTopFunction("github.com/desertbit/timer.timerRoutine"),
	)
}

// logs is a log that tests read.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// stand is a running gateway over a market.
type stand struct {
	t      testing.TB
	market *market
	home   string
	url    string
	admin  string
	secret string
	key    keys.Key
	ledger keys.Ledger
	client openai.Client
	http   *http.Client
	logs   *logs
	stop   func()
}

// purse is a payer over the market.
type purse struct {
	*payer.Payer
	ledger *payer.Ledger
}

func (p purse) Close() error {
	if err := p.Payer.Close(); err != nil {
		return err
	}
	return p.ledger.Close()
}

const plenty = 1_000_000_000_000

// open runs a gateway until the test ends. Its account has money, its one customer credits.
func open(t testing.TB, m *market, change func(*gateway.Options)) *stand {
	t.Helper()
	s := &stand{t: t, market: m, home: t.TempDir(), logs: &logs{}, http: &http.Client{Transport: &http.Transport{}}}
	ctx := context.Background()
	db, err := store.Open(ctx, filepath.Join(s.home, "keys.db"))
	require.NoError(t, err)
	s.ledger = keys.Ledger{Store: db, Actor: "test"}
	customer, err := s.ledger.CreateCustomer(ctx, "acme", "")
	require.NoError(t, err)
	_, err = s.ledger.Credit(ctx, customer.ID, plenty)
	require.NoError(t, err)
	made, err := s.ledger.CreateKey(ctx, keys.NewKey{Customer: customer.ID, Name: "app"})
	require.NoError(t, err)
	s.secret, s.key = string(made.Secret), made.Key

	c := gateway.Default()
	c.Home, c.ChainID, c.AllowPrivate, c.RefreshEvery, c.DrainTimeout = s.home, testChain, true, 100*time.Millisecond, time.Second
	c.Timeout = 10 * time.Second
	account, sign, err := wire.LocalAccount(seed(250))
	require.NoError(t, err)
	owner := addressOf(t, 250)
	m.set(func(m *market) { m.balances[owner.String()] = plenty })
	o := gateway.Options{
		Config: c, Source: m, Account: account, Sign: sign, Log: slog.New(slog.NewTextHandler(s.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Payments: func(w *wire.Client) (gateway.Payments, error) {
			ledger, err := payer.OpenLedger(filepath.Join(s.home, "channels.db"), testChain)
			if err != nil {
				return nil, err
			}
			key, err := wire.VoucherKeyFromSeed(seed(251))
			if err != nil {
				return nil, err
			}
			p, err := payer.New(payer.Config{
				ChainID: testChain, Owner: owner.String(), Tx: &queue{m, owner}, Chain: payerChain{m}, Wire: w, Ledger: ledger, Key: key, Deposit: 1_000_000,
				Budget: 1_000_000_000, MaxCall: 100_000_000,
			})
			return purse{p, ledger}, err
		},
	}
	o.Listener, err = new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	o.AdminListener, err = new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	if change != nil {
		change(&o)
	}
	s.url, s.admin = "http://"+o.Listener.Addr().String(), "http://"+o.AdminListener.Addr().String()
	g, err := gateway.New(o)
	require.NoError(t, err)
	run, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- g.Run(run) }()
	var once sync.Once
	s.stop = func() {
		once.Do(func() {
			s.http.CloseIdleConnections()
			cancel()
			require.NoError(t, <-done)
			require.NoError(t, db.Close())
		})
	}
	t.Cleanup(s.stop)
	s.client = openai.NewClient(option.WithBaseURL(s.url+"/v1"), option.WithAPIKey(s.secret), option.WithHTTPClient(s.http), option.WithMaxRetries(0))
	require.Eventually(t, func() bool {
		r, err := s.http.Get(s.url + "/readyz")
		if err != nil {
			return false
		}
		r.Body.Close()
		return r.StatusCode == http.StatusOK
	}, 10*time.Second, 5*time.Millisecond)
	return s
}

// post sends a body as it is.
func (s *stand) post(path, body string, header ...string) (*http.Response, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+path, bytes.NewReader([]byte(body)))
	require.NoError(s.t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+s.secret)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			r.Header.Del(header[i])
		}
	}
	resp, err := s.http.Do(r)
	require.NoError(s.t, err)
	defer resp.Body.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(resp.Body)
	require.NoError(s.t, err)
	return resp, b.String()
}
