package validator_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/validator"
	"github.com/agon-chain/agon/verify/attest"
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/scoring/exam"
)

// maker is a vendor of hardware: a root of its own, and keys below it.
type maker struct {
	key  *ecdsa.PrivateKey
	root *x509.Certificate
}

func newMaker(t *testing.T) *maker {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Vendor"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	require.NoError(t, err)
	root, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return &maker{key, root}
}

// rootsFile is where a validator finds the vendor's root.
func (m *maker) rootsFile(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "roots.pem")
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: m.root.Raw}), 0o600))
	return path
}

// gpu is one device that the vendor made.
type gpu struct {
	id   string
	key  *ecdsa.PrivateKey
	cert []byte
}

func (m *maker) gpu(t *testing.T, id string) *gpu {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: id}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, m.root, key.Public(), m.key)
	require.NoError(t, err)
	return &gpu{id, key, der}
}

func (g *gpu) evidence(nonce [32]byte) (attest.Evidence, error) {
	claims, err := json.Marshal(attest.X509Claims{
		Nonce: hex.EncodeToString(nonce[:]), Devices: []attest.Device{{ID: g.id}}, Issued: time.Now().Unix(), Expires: time.Now().Add(time.Hour).Unix(),
	})
	if err != nil {
		return attest.Evidence{}, err
	}
	sum := sha256.Sum256(attest.SigningBytes(claims))
	signature, err := ecdsa.SignASN1(rand.Reader, g.key, sum[:])
	if err != nil {
		return attest.Evidence{}, err
	}
	document, err := json.Marshal(attest.X509Document{Chain: [][]byte{g.cert}, Claims: claims, Signature: signature})
	return attest.Evidence{Kind: attest.KindX509, Document: document}, err
}

// machine is what a miner runs on, with its hotkey's key.
type machine struct {
	t       *testing.T
	hotkey  string
	account wire.AccountKey
	sign    wire.AccountSigner
	service wire.ServiceKey
	uuid    string // of the device that it reports

	mu       sync.Mutex
	gpu      *gpu   // nil: it answers no challenge
	refusal  string // why it answers none
	replays  bool   // answer with the first evidence that was ever made
	first    []byte
	asked    map[string]int // challenges, by who asked
	seen     map[string]bool
	repeated atomic.Bool // a challenge came twice
}

func newMachine(t *testing.T, name string, g *gpu) *machine {
	key := sha256.Sum256([]byte(name))
	account, sign, err := wire.LocalAccount(key[:])
	require.NoError(t, err)
	hotkey, err := account.Address(wire.AddressPrefix)
	require.NoError(t, err)
	return &machine{t: t, hotkey: hotkey, account: account, sign: sign, uuid: "GPU-" + name, gpu: g, asked: map[string]int{}, seen: map[string]bool{}}
}

func (m *machine) set(change func(*machine)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(m)
}

func (m *machine) askers() map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]int{}
	for k, v := range m.asked {
		out[k] = v
	}
	return out
}

func (m *machine) serve(service wire.ServiceKey) http.HandlerFunc {
	m.service = service
	replay := wire.NewReplayCache(1000, 10000)
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && r.URL.Path == wire.HardwarePath {
			m.report(w)
			return
		}
		received := time.UnixMilli(time.Now().UnixMilli())
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1024))
		if err != nil {
			wire.WriteError(w, err)
			return
		}
		req, err := wire.Verify(r, body, time.Now(), wire.RequestPolicy{ChainID: testChain, To: m.hotkey, Netuid: testNetuid, Replay: replay})
		if err != nil {
			wire.WriteError(w, err)
			return
		}
		out, err := m.answer(req, body)
		if err != nil {
			wire.WriteError(w, err)
			return
		}
		rec := wire.Receipt{
			ChainIDHash: wire.ChainIDHash(testChain), Netuid: testNetuid, RequestHash: req.Hash, QuestionHash: req.QuestionHash, Tag: req.Tag,
			ResponseHash: wire.BodyHash(out), Status: 200, ReceivedAt: received, FinishedAt: time.UnixMilli(time.Now().UnixMilli()),
		}
		if err := rec.Sign(m.service); err != nil {
			wire.WriteError(w, err)
			return
		}
		rec.Set(w.Header())
		_, _ = w.Write(out)
	}
}

func (m *machine) answer(req *wire.Request, body []byte) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked[req.From]++
	if m.seen[string(body)] {
		m.repeated.Store(true)
	}
	m.seen[string(body)] = true
	challenge, err := wire.DecodeChallenge(body)
	if err != nil {
		return nil, err
	}
	if m.gpu == nil {
		return nil, wire.NewAPIError(404, "unknown_route", "", cmp.Or(m.refusal, "no such route"))
	}
	if m.replays && m.first != nil {
		return m.first, nil
	}
	e, err := m.gpu.evidence(attest.Binding{ChainID: testChain, Netuid: testNetuid, Hotkey: m.hotkey, ServiceKey: m.service.Public(), Challenge: challenge}.Nonce())
	if err != nil {
		return nil, err
	}
	out, err := json.Marshal(e)
	if m.first == nil {
		m.first = out
	}
	return out, err
}

func (m *machine) report(w http.ResponseWriter) {
	busy, warm, on := uint32(87), uint32(61), true
	s, err := wire.SignHardware(&wire.Hardware{
		Version: 1, ChainID: testChain, Netuid: testNetuid, Hotkey: m.hotkey, ServiceKey: m.service.Public().String(), Time: time.Now().UnixMilli(), Kind: "gpu",
		Driver: "550.54.15", Devices: []wire.HardwareDevice{{ID: wire.DeviceID(testChain, m.uuid), Model: "H100", Memory: 80 << 30, ECC: &on, Temperature: &warm, Utilization: &busy}},
	}, m.account, m.sign)
	if err != nil {
		wire.WriteError(w, err)
		return
	}
	w.Header().Set(wire.HeaderHardware, s.Header())
	_, _ = w.Write(s.Body)
}

// enter starts the machine's miner and registers it.
func (m *machine) enter(c *fakeChain, owner string) *testMiner {
	return startMinerWith(m.t, c, chain.Neuron{Hotkey: m.hotkey, Owner: address(owner).String()}, expert(m.t), m.serve)
}

func weights(c *fakeChain, uid uint16) map[uint32]uint32 {
	out := map[uint32]uint32{}
	for _, w := range c.row(uid) {
		out[w.Uid] = w.Value
	}
	return out
}

// TestOnlyAttestedMinersArePaid runs a whole daemon in a subnet that requires attested hardware, against miners over HTTP that all answer equally well.
func TestOnlyAttestedMinersArePaid(t *testing.T) {
	present := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, present) })
	vendor, forger := newMaker(t), newMaker(t)
	c := newFakeChain(t, 20, exam.Params{ReceiptsPerMiner: 4, Openings: 8})
	c.subnet.TaskParams = `{"attestation":{"mode":"required","kinds":["x509"]}}`
	one := vendor.gpu(t, "SERIAL-1")
	first := newMachine(t, "first", one)
	paid := first.enter(c, "ann")
	second := newMachine(t, "second", one)
	second.uuid = first.uuid
	shared := second.enter(c, "bob").uid // another owner, the same device
	also := newMachine(t, "also", vendor.gpu(t, "SERIAL-2")).enter(c, "ann").uid
	none := newMachine(t, "none", nil).enter(c, "cid").uid
	forged := newMachine(t, "forged", forger.gpu(t, "SERIAL-3")).enter(c, "dan").uid
	replayer := newMachine(t, "replayer", vendor.gpu(t, "SERIAL-4"))
	replayer.replays = true
	elsewhere := attest.Binding{ChainID: testChain, Netuid: testNetuid, Hotkey: first.hotkey}
	stolen, err := replayer.gpu.evidence(elsewhere.Nonce())
	require.NoError(t, err)
	replayer.first, err = json.Marshal(stolen)
	require.NoError(t, err)
	replayed := replayer.enter(c, "eve").uid
	own := newMachine(t, "own", vendor.gpu(t, "SERIAL-5")).enter(c, "fay")

	keys := newKeys(t)
	hotkey, err := keys.Address(chain.KeyHotkey)
	require.NoError(t, err)
	uid := c.add(chain.Neuron{Hotkey: hotkey.String(), Stake: 1000})
	mining, stop := context.WithCancel(context.Background())
	defer stop()
	go c.mineEvery(mining, 100*time.Millisecond)
	config := testConfig(t.TempDir())
	config.AttestationRoots = vendor.rootsFile(t)
	d, _, end := startDaemon(t, c, keys, config, validator.Honest{})
	require.Eventually(t, func() bool { return len(c.revealed(hotkey)) >= 2 }, 40*time.Second, 50*time.Millisecond)

	row := weights(c, uid)
	require.Len(t, row, 2)
	require.Contains(t, row, uint32(paid.uid))
	require.Contains(t, row, uint32(own.uid))
	report, err := validator.ReadHardware(config.Home, 0)
	require.NoError(t, err)
	gate := map[uint16]task.Gate{}
	why := map[uint16]string{}
	for _, m := range report.Miners {
		if m.Hold != nil {
			gate[m.UID], why[m.UID] = m.Hold.Gate, m.Hold.Why
		}
	}
	require.Equal(t, map[uint16]task.Gate{
		shared: task.GateDevice, also: task.GateOwner, none: task.GateAttestation, forged: task.GateAttestation, replayed: task.GateAttestation,
	}, gate)
	require.Contains(t, why[shared], "SERIAL-1")
	require.Contains(t, why[forged], "trusted root")
	require.Contains(t, why[replayed], "another nonce")
	s := standing(d, second.hotkey)
	require.Equal(t, task.GateDevice, s.Gate)
	require.Greater(t, s.Quality, 0.5, "it answers well, and is held back all the same")

	// Who asks about hardware is the validator's hotkey, openly, and no caller of its questions.
	require.Equal(t, []string{hotkey.String()}, keysOf(first.askers()))
	require.NotContains(t, paid.callers(), hotkey.String())
	require.False(t, first.repeated.Load(), "a challenge is drawn once")

	var table bytes.Buffer
	require.NoError(t, report.Table(&table))
	require.Regexp(t, `(?m)^0 +1 x H100, 80.0 GiB +550\.54\.15 +- +on +61 +87 % +1 +1 in epoch \d+ +- `, table.String())
	end()

	// After a restart nobody is paid before it is known who may be: the records are there.
	d, _, end = startDaemon(t, c, keys, config, validator.Honest{})
	require.Equal(t, task.GateDevice, standing(d, second.hotkey).Gate)
	require.NotEqual(t, task.GateAttestation, standing(d, first.hotkey).Gate)

	// The device moves on: once the first has no evidence any more, its place goes to the second.
	first.set(func(m *machine) { m.gpu = nil })
	require.Eventually(t, func() bool {
		row := weights(c, uid)
		_, mine := row[uint32(paid.uid)]
		_, its := row[uint32(shared)]
		return !mine && its
	}, 60*time.Second, 50*time.Millisecond)
	end()
	stop()
}

func keysOf(m map[string]int) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	return out
}

// TestNothingIsAskedOfHardwareByDefault: no validator shows itself to miners where nobody asked for it.
func TestNothingIsAskedOfHardwareByDefault(t *testing.T) {
	for _, on := range []bool{false, true} {
		t.Run(map[bool]string{false: "default", true: "reports-only"}[on], func(t *testing.T) {
			c := newFakeChain(t, 20, exam.Params{ReceiptsPerMiner: 4, Openings: 8})
			var seen atomic.Int64
			m := newMachine(t, "first", newMaker(t).gpu(t, "SERIAL-1"))
			startMinerWith(t, c, chain.Neuron{Hotkey: m.hotkey}, expert(t), func(k wire.ServiceKey) http.HandlerFunc {
				h := m.serve(k)
				return func(w http.ResponseWriter, r *http.Request) { seen.Add(1); h(w, r) }
			})
			keys := newKeys(t)
			hotkey, err := keys.Address(chain.KeyHotkey)
			require.NoError(t, err)
			uid := c.add(chain.Neuron{Hotkey: hotkey.String(), Stake: 1000})
			mining, stop := context.WithCancel(context.Background())
			defer stop()
			go c.mineEvery(mining, 100*time.Millisecond)
			config := testConfig(t.TempDir())
			config.Hardware = on
			_, _, end := startDaemon(t, c, keys, config, validator.Honest{})
			require.Eventually(t, func() bool { return len(c.revealed(hotkey)) >= 1 }, 40*time.Second, 50*time.Millisecond)
			end()
			require.NotEmpty(t, c.row(uid), "it is paid")
			_, err = validator.ReadHardware(config.Home, 0)
			if !on {
				require.Zero(t, seen.Load())
				require.ErrorIs(t, err, validator.ErrNoScores)
				return
			}
			require.NoError(t, err)
			require.Positive(t, seen.Load())
			require.Empty(t, m.askers(), "a report is read by anybody, without a signature")
		})
	}
}

// TestRequiredButNotVerifiable: a validator that could only hold everybody back says so and does not start.
func TestRequiredButNotVerifiable(t *testing.T) {
	vendor := newMaker(t)
	for _, tc := range []struct {
		name, params, roots string
		want                error
	}{
		{"no-roots", `{"attestation":"required"}`, "", validator.ErrConfig},
		{"other-kinds", `{"attestation":{"mode":"required","kinds":["tdx"]}}`, vendor.rootsFile(t), validator.ErrConfig},
		{"bad-parameter", `{"attestation":"always"}`, vendor.rootsFile(t), task.ErrBadParameters},
		{"device-of-a-service", `{"attestation":{"mode":"required","kinds":["nvidia-eat"]}}`, vendor.rootsFile(t), validator.ErrConfig},
		{"roots-absent", ``, "/nonexistent/roots.pem", validator.ErrConfig},
		{"optional-without-roots", `{"attestation":"optional"}`, "", nil},
		{"required-with-roots", `{"attestation":"required"}`, vendor.rootsFile(t), nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newFakeChain(t, 20, exam.Params{})
			c.subnet.TaskParams = tc.params
			keys := newKeys(t)
			hotkey, err := keys.Address(chain.KeyHotkey)
			require.NoError(t, err)
			self := validator.Self{ChainID: testChain, Netuid: testNetuid, Hotkey: hotkey}
			config := testConfig(t.TempDir())
			config.AttestationRoots = tc.roots
			store, err := validator.OpenStore(filepath.Join(config.Home, "data", "validator.db"), self)
			require.NoError(t, err)
			defer func() { require.NoError(t, store.Close()) }()
			_, err = validator.New(context.Background(), validator.Parts{
				Self: self, Config: config, Network: view{c, self}, Heights: c, Hotkey: sender{c, hotkey, false}, Accounts: keys, Task: testTask(), Store: store,
				Strategy: validator.Honest{}, Log: slog.New(slog.DiscardHandler),
			})
			require.ErrorIs(t, err, tc.want)
		})
	}
}

// TestHardwareThatCannotBeVerified: an owner asks for other evidence while a validator runs that cannot verify it. The validator troubles no hardware for
// what it could not read, and nobody loses pay for that.
func TestHardwareThatCannotBeVerified(t *testing.T) {
	vendor := newMaker(t)
	for _, tc := range []struct{ name, before, roots, after string }{
		{"optional", ``, ``, `{"attestation":"optional"}`},
		{"required", ``, ``, `{"attestation":"required"}`},
		{"required-of-another-kind", `{"attestation":"required"}`, vendor.rootsFile(t), `{"attestation":{"mode":"required","kinds":["tdx"]}}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newFakeChain(t, 20, exam.Params{ReceiptsPerMiner: 4, Openings: 8})
			c.subnet.TaskParams = tc.before
			m := newMachine(t, "first", nil)
			paid := m.enter(c, "ann")
			keys := newKeys(t)
			hotkey, err := keys.Address(chain.KeyHotkey)
			require.NoError(t, err)
			uid := c.add(chain.Neuron{Hotkey: hotkey.String(), Stake: 1000})
			mining, stop := context.WithCancel(context.Background())
			defer stop()
			go c.mineEvery(mining, 100*time.Millisecond)
			config := testConfig(t.TempDir())
			config.AttestationRoots = tc.roots
			d, _, end := startDaemon(t, c, keys, config, validator.Honest{})
			defer end()
			if tc.roots != "" {
				require.Eventually(t, func() bool { return standing(d, m.hotkey).Gate == task.GateAttestation }, 20*time.Second, 20*time.Millisecond)
			}
			asked := len(m.askers())
			c.mu.Lock()
			c.subnet.TaskParams = tc.after
			c.mu.Unlock()
			require.Eventually(t, func() bool { return weights(c, uid)[uint32(paid.uid)] > 0 }, 40*time.Second, 50*time.Millisecond)
			if tc.roots == "" {
				require.Zero(t, asked)
				require.Empty(t, m.askers())
			}
		})
	}
}

// TestWordsOfMinersAreShownAsWords: what a miner answers ends on terminals, and a report counts only under the key that signs for the hotkey now.
func TestWordsOfMinersAreShownAsWords(t *testing.T) {
	vendor := newMaker(t)
	c := newFakeChain(t, 20, exam.Params{ReceiptsPerMiner: 4, Openings: 8})
	c.subnet.TaskParams = `{"attestation":"required"}`
	rude := newMachine(t, "rude", nil)
	rude.refusal = "go\x1b[2J\x07 away\u202e"
	rude.enter(c, "ann")
	swapped := newMachine(t, "swapped", vendor.gpu(t, "SERIAL-1"))
	swapped.enter(c, "bob")
	successor := newMachine(t, "successor", nil).hotkey
	keys := newKeys(t)
	hotkey, err := keys.Address(chain.KeyHotkey)
	require.NoError(t, err)
	c.add(chain.Neuron{Hotkey: hotkey.String(), Stake: 1000})
	mining, stop := context.WithCancel(context.Background())
	defer stop()
	go c.mineEvery(mining, 100*time.Millisecond)
	config := testConfig(t.TempDir())
	config.AttestationRoots = vendor.rootsFile(t)
	_, _, end := startDaemon(t, c, keys, config, validator.Honest{}, func(p *validator.Parts) {
		p.SignerOf = func(_ context.Context, hotkey string) (string, error) {
			if hotkey == swapped.hotkey {
				return successor, nil
			}
			return hotkey, nil
		}
	})
	require.Eventually(t, func() bool {
		r, err := validator.ReadHardware(config.Home, 0)
		return err == nil && len(r.Miners) == 2
	}, 40*time.Second, 50*time.Millisecond)
	end()
	r, err := validator.ReadHardware(config.Home, 0)
	require.NoError(t, err)
	require.Contains(t, r.Miners[0].AttestError, "go [2J away")
	require.Empty(t, r.Miners[0].ReportError)
	require.Contains(t, r.Miners[1].ReportError, "about someone else")
	require.Empty(t, r.Miners[1].Report)
	require.Len(t, r.Miners[1].Devices, 1, "the service key is the miner's all the same")
	var table bytes.Buffer
	require.NoError(t, r.Table(&table))
	require.NotRegexp(t, `[\x00-\x09\x0b-\x1f\x{202e}]`, table.String())
}
