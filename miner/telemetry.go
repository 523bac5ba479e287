package miner

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"github.com/agon-chain/agon/miner/hardware"
	"github.com/agon-chain/agon/wire"
)

const (
	// telemetryFresh is how long a signed report is given out before the machine is read again.
	telemetryFresh = 15 * time.Second
	// telemetryOld is how long it is given out while a reading takes its time; readers refuse what is older than wire.DefaultHardwareMaxAge.
	telemetryOld = 4 * time.Minute
	// telemetryRate and telemetryBurst bound all readers together: a report costs nothing to ask for.
	telemetryRate, telemetryBurst = 20, 60
)

// errReading says that somebody else waits for the machine, and that there is no report of late.
var errReading = errors.New("the machine is being read")

// telemetry answers what the machine reports of itself, signed by the hotkey, to anybody who asks. Signing and reading happen at most once in
// telemetryFresh, however many ask.
type telemetry struct {
	about   wire.Hardware // whose the reports are
	account wire.AccountKey
	sign    wire.AccountSigner
	read    func(context.Context) hardware.Report
	now     func() time.Time
	log     *slog.Logger
	limit   *rate.Limiter
	reading *semaphore.Weighted

	mu     sync.Mutex
	report *wire.SignedHardware
	at     time.Time
}

func newTelemetry(o Options) *telemetry {
	return &telemetry{
		about: wire.Hardware{
			Version: 1, ChainID: o.Config.ChainID, Netuid: uint16(o.Config.Netuid), Hotkey: o.Hotkey.String(), ServiceKey: o.ServiceKey.Public().String(),
		},
		account: o.HotkeyAccount, sign: o.HotkeySign, read: o.Hardware, now: o.Now, log: o.Log,
		limit: rate.NewLimiter(telemetryRate, telemetryBurst), reading: semaphore.NewWeighted(1),
	}
}

func (t *telemetry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !t.limit.AllowN(t.now(), 1) {
		w.Header().Set("Retry-After", "1")
		wire.WriteError(w, wire.NewAPIError(http.StatusTooManyRequests, "rate_limited", "", "too many ask for the hardware report; try again in a second"))
		return
	}
	s, err := t.latest(r.Context())
	if err != nil {
		t.log.Warn("no hardware report could be made", "error", flat(err))
		w.Header().Set("Retry-After", "5")
		wire.WriteError(w, wire.NewAPIError(http.StatusServiceUnavailable, "hardware_unknown", "", "the machine cannot be read now; try again later"))
		return
	}
	h := w.Header()
	h.Set("Content-Type", contentTypeJSON)
	h.Set("Content-Length", strconv.Itoa(len(s.Body)))
	h.Set("Cache-Control", "no-store")
	h.Set(wire.HeaderHardware, s.Header())
	_, _ = w.Write(s.Body) // the reader is gone; there is nobody to tell
}

// latest is a report that is fresh, or while somebody else reads the machine, one that is not too old. A driver that hangs keeps one request
// waiting, and no more.
func (t *telemetry) latest(ctx context.Context) (*wire.SignedHardware, error) {
	if s := t.younger(telemetryFresh); s != nil {
		return s, nil
	}
	if !t.reading.TryAcquire(1) {
		if s := t.younger(telemetryOld); s != nil {
			return s, nil
		}
		return nil, errReading
	}
	defer t.reading.Release(1)
	at := t.now()
	h := t.about
	h.Time = at.UnixMilli()
	describe(&h, t.read(ctx))
	s, err := wire.SignHardware(&h, t.account, t.sign)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report, t.at = s, at
	return s, nil
}

func (t *telemetry) younger(age time.Duration) *wire.SignedHardware {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.report == nil || t.now().Sub(t.at) >= age || t.now().Before(t.at) {
		return nil
	}
	return t.report
}

// describe fills in what was read. The ids of devices are those of the chain's reports, not the driver's.
func describe(h *wire.Hardware, r hardware.Report) {
	h.Kind, h.Driver, h.CUDA = r.Kind, r.Driver, r.CUDA
	h.CPU = wire.HardwareCPU{Model: r.CPU.Model, Threads: uint32(max(r.CPU.Threads, 0)), Memory: r.CPU.Memory}
	h.Incomplete = hardware.Text(r.Incomplete)
	for _, a := range r.Accelerators[:min(len(r.Accelerators), wire.MaxHardwareDevices)] {
		d := wire.HardwareDevice{
			Model: a.Model, Memory: a.Memory, MemoryUsed: a.MemoryUsed, MIG: a.MIG, MIGInstances: a.MIGInstances, ECC: a.ECC, ECCErrors: a.ECCErrors,
			Temperature: a.Temperature, Utilization: a.Utilization, MemoryUtilization: a.MemoryUtilization, Confidential: r.Confidential,
		}
		if a.UUID != "" {
			d.ID = wire.DeviceID(h.ChainID, a.UUID)
		}
		h.Devices = append(h.Devices, d)
	}
}
