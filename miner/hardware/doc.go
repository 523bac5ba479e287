// Package hardware reads what a machine reports of itself: its NVIDIA accelerators through the driver's management library, else
// its processor.
//
// It attests nothing. A report is advice for people and schedulers; whoever relies on it must have it proven elsewhere.
package hardware
