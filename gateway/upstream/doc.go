// Package upstream asks miners on a caller's behalf: it signs under the gateway's own account, pays, verifies receipts, tries other miners where one fails
// before anything was handed on, and asks a second one where the first is slow.
//
// It knows neither the bodies that it carries nor the caller's HTTP.
package upstream
