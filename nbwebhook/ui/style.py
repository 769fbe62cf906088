"""The panel's one style sheet: the notebook's own colours, light and dark."""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """
<style>
.nbw-panel {
  --nbw-paper: #ffffff; --nbw-ink: #1f2328; --nbw-muted: #57606a;
  --nbw-line: #d8dee4; --nbw-main: #2b7bba;
  --p-paper: var(--jp-layout-color1, var(--nbw-paper));
  --p-ink: var(--jp-ui-font-color1, var(--nbw-ink));
  --p-muted: var(--jp-ui-font-color2, var(--nbw-muted));
  --p-line: var(--jp-border-color2, var(--nbw-line));
  --p-soft: color-mix(in srgb, var(--p-ink) 6%, var(--p-paper));
  --jp-widgets-margin: 0px;
  container-type: inline-size; max-width: 1080px; color: var(--p-ink); background: var(--p-paper);
  font: 13px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
@media screen and (prefers-color-scheme: dark) {
  .nbw-panel { --nbw-paper: #16191d; --nbw-ink: #e6edf3; --nbw-muted: #9da7b3;
    --nbw-line: #2d333b; --nbw-main: #5aa2dc; }
}
body[data-jp-theme-light="true"] .nbw-panel { color-scheme: light; --nbw-main: #2b7bba; }
body[data-jp-theme-light="false"] .nbw-panel { color-scheme: dark; --nbw-main: #5aa2dc; }
.nbw-panel .nbw-brand { display: flex; align-items: baseline; gap: 12px; flex-wrap: wrap; padding: 10px 0 6px; }
.nbw-panel .nbw-brand strong { font-size: 18px; font-weight: 650; }
.nbw-panel .widget-html-content { line-height: 1.5; font-size: 13px; color: var(--p-ink); height: auto; overflow: visible; }
.nbw-panel .widget-html { height: auto; overflow: visible; margin: 0; min-width: 0; max-width: 100%; }
.nbw-panel .widget-html-content { flex: 1 1 auto; min-width: 0; max-width: 100%; }
.nbw-panel .widget-vbox { gap: 8px; min-width: 0; }
.nbw-panel .widget-vbox > .widget-html { width: 100%; }
.nbw-panel .nbw-tabs > .widget-tab-contents, .nbw-panel .nbw-tabs > .jupyter-widget-tab-contents { padding: 16px 18px 20px; overflow: visible; border-color: var(--p-line); background: var(--p-paper); }
.nbw-panel .nbw-tabs .lm-TabBar-content { flex-wrap: wrap; }
.nbw-panel .nbw-tabs .lm-TabBar { min-height: 26px; overflow: visible; }
.nbw-panel .jupyter-widget-tab.nbw-tabs > .lm-TabBar .lm-TabBar-tab { flex: 0 1 144px; min-width: 64px; max-width: 160px; text-align: center; border-color: var(--p-line); }
.nbw-panel .nbw-tabs .lm-TabBar-tab.lm-mod-current { font-weight: 650; color: var(--p-ink); }
.nbw-panel .nbw-tabs .lm-TabBar-tab.lm-mod-current::before { background: var(--nbw-main); height: 3px; }
.nbw-panel :focus-visible { outline: 2px solid var(--nbw-main); outline-offset: 1px; }
.nbw-panel .widget-box { overflow: visible; }
.nbw-panel .nbw-row { display: flex; flex-flow: row wrap; align-items: center; gap: 8px 12px; }
.nbw-panel .nbw-row > .widget-html { width: auto; }
.nbw-panel .nbw-row p { margin: 0; }
.nbw-panel .nbw-section { border-top: 1px solid var(--p-line); margin-top: 12px; padding-top: 12px; }
.nbw-panel .nbw-heading { margin: 2px 0 6px; font-size: 15px; font-weight: 650; line-height: 1.4; color: var(--p-ink); }
.nbw-panel p { margin: 2px 0 6px; max-width: 80ch; }
.nbw-panel .nbw-muted { color: var(--p-muted); }
.nbw-panel .nbw-panel-button { border-radius: 5px; border: 1px solid var(--p-line); width: auto; min-width: 76px; padding: 0 12px; }
.nbw-panel .nbw-panel-button.mod-primary { background: #1f6aa5; color: #ffffff; border-color: #1f6aa5; font-weight: 600; }
.nbw-panel .nbw-panel-button:disabled { opacity: .5; }
.nbw-panel .nbw-say { margin: 4px 0; padding: 5px 10px; border-left: 4px solid #7d8793; border-radius: 0 5px 5px 0; background: var(--p-soft); overflow-wrap: anywhere; white-space: pre-line; }
.nbw-panel .nbw-say.nbw-error { border-left-color: #d1480f; }
.nbw-panel .nbw-say.nbw-warning { border-left-color: #a07400; }
.nbw-panel .nbw-say.nbw-good { border-left-color: #1d8f82; }
.nbw-panel .nbw-say.nbw-busy { border-left-color: #2b7bba; }
.nbw-panel .nbw-remedy { color: var(--p-muted); }
.nbw-panel .nbw-boxes { display: flex; flex-wrap: wrap; gap: 8px; margin: 8px 0; }
.nbw-panel .nbw-boxes > div { border: 1px solid var(--p-line); border-radius: 6px; padding: 5px 12px; min-width: 92px; background: var(--p-soft); }
.nbw-panel .nbw-boxes dt { float: none; display: block; width: auto; padding: 0; font-size: 12px; font-weight: 400; color: var(--p-muted); margin: 0; white-space: nowrap; }
.nbw-panel .nbw-boxes dd { float: none; display: block; width: auto; padding: 0; margin: 0; font-size: 15px; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.nbw-panel .nbw-wide { overflow-x: auto; margin: 8px 0; max-width: 100%; }
.nbw-panel table.nbw-grid { border-collapse: collapse; font-size: 12.5px; margin: 0; border: 0; min-width: 40%; }
.nbw-panel .nbw-grid caption { text-align: left; caption-side: top; padding: 0 0 4px; color: var(--p-muted); white-space: nowrap; }
.nbw-panel .nbw-grid thead th { text-align: left; font-weight: 650; padding: 4px 14px 4px 0; border: 0; border-bottom: 1px solid var(--p-ink); vertical-align: bottom; white-space: nowrap; background: transparent; }
.nbw-panel .nbw-grid tbody td { text-align: left; padding: 3px 14px 3px 0; border: 0; border-bottom: 1px solid var(--p-line); vertical-align: top; max-width: 30em; overflow-wrap: break-word; white-space: normal; }
.nbw-panel .nbw-grid tbody tr, .nbw-panel .nbw-grid tbody tr:nth-child(odd) { background: transparent; }
.nbw-panel .nbw-grid tbody tr:hover { background: var(--p-soft); }
.nbw-panel .nbw-grid .nbw-number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.nbw-panel .nbw-control { text-decoration: none; border: 1px dashed #d1480f; border-radius: 3px; padding: 0 1px; }
.nbw-panel .nbw-drawing { margin: 8px 0; }
.nbw-panel .nbw-drawing svg { display: block; max-width: 100%; height: auto; border: 1px solid var(--p-line); border-radius: 6px; }
.nbw-panel .nbw-code { margin: 6px 0; padding: 10px 12px; border: 1px solid var(--p-line); border-radius: 6px; background: var(--p-soft); color: var(--p-ink); font: 12px/1.5 var(--jp-code-font-family, ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace); white-space: pre-wrap; overflow-wrap: anywhere; user-select: text; }
.nbw-panel .nbw-progress-bar { display: flex; align-items: center; gap: 6px 14px; margin: 8px 0 4px; font-variant-numeric: tabular-nums; flex-wrap: wrap; }
.nbw-panel .nbw-bar { width: 320px; max-width: 60%; height: 12px; border-radius: 6px; overflow: hidden; border: 1px solid var(--p-line); background: var(--p-soft); }
.nbw-panel .nbw-bar > div { height: 100%; background: var(--nbw-main); }
.nbw-panel .widget-dropdown > select { appearance: none; background-size: 14px; background-position: right 6px center; background-repeat: no-repeat; padding-right: 24px;
  background-image: url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M3 5.5 8 10.5 13 5.5' fill='none' stroke='%237d8793' stroke-width='2'/%3E%3C/svg%3E"); }
.nbw-panel .nbw-lead { font-size: 16px; font-weight: 600; line-height: 1.45; max-width: 70ch; margin: 6px 0; }
.nbw-panel .nbw-link { color: var(--jp-content-link-color, #0b5cad); text-decoration: underline; font-weight: 600; }
.nbw-panel .nbw-page { background: transparent; padding: 0; max-width: none; }
.nbw-panel .nbw-field { display: flex; flex-direction: column; gap: 2px; width: 100%; }
.nbw-panel .nbw-field label, .nbw-panel .nbw-slide label { color: var(--p-ink); font-size: 13px; }
.nbw-panel .nbw-field input, .nbw-panel .nbw-field textarea {
  width: 100%; box-sizing: border-box; padding: 5px 8px; border: 1px solid var(--jp-border-color1, var(--p-line)); border-radius: 4px;
  background: var(--jp-layout-color0, var(--nbw-paper)); color: var(--p-ink); resize: vertical;
  font: 12.5px/1.5 var(--jp-code-font-family, ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace);
}
.nbw-panel .nbw-field input { height: 30px; }
.nbw-panel .nbw-slide { display: grid; grid-template-columns: 170px minmax(120px, 340px) 1fr; align-items: center; gap: 4px 12px; min-height: 30px; }
.nbw-panel .nbw-slide input { width: 100%; accent-color: var(--nbw-main); margin: 0; }
.nbw-panel .nbw-slide output { font-variant-numeric: tabular-nums; font-weight: 600; }
.nbw-panel .widget-label { color: var(--p-ink); }
.nbw-panel .widget-inline-hbox { max-width: 100%; }
.nbw-panel .widget-inline-hbox > input, .nbw-panel .widget-inline-hbox > textarea, .nbw-panel .widget-dropdown > select { border-radius: 4px; }
.nbw-panel .widget-inline-hbox .widget-label { text-align: left; }
.nbw-panel .widget-checkbox .widget-label-basic { display: flex; align-items: center; }
.nbw-panel .widget-checkbox input { margin: 0 7px 0 0; flex: none; }
.nbw-panel .widget-vbox:empty { display: none; }
.nbw-panel .nbw-list { display: grid; grid-template-columns: max-content 1fr; gap: 3px 18px; margin: 8px 0; }
.nbw-panel .nbw-list > div { display: contents; }
.nbw-panel .nbw-list dt { float: none; width: auto; padding: 0; margin: 0; font-weight: 400; color: var(--p-muted); }
.nbw-panel .nbw-list dd { float: none; width: auto; padding: 0; margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.nbw-panel .jupyter-widget-Collapse { border: 1px solid var(--p-line); border-radius: 6px; margin: 0; background: transparent; overflow: hidden; }
.nbw-panel .jupyter-widget-Collapse-header { border: 0; padding: 6px 12px; background: transparent; color: var(--p-ink); font-weight: 600; }
.nbw-panel .jupyter-widget-Collapse-header:hover { background: var(--p-soft); color: var(--p-ink); }
.nbw-panel .jupyter-widget-Collapse-contents { border: 0; border-top: 1px solid var(--p-line); padding: 10px 12px; background: transparent; }
.nbw-panel .widget-toggle-buttons .jupyter-button { margin: 0; border: 1px solid var(--p-line); box-shadow: none; background: var(--p-paper); color: var(--p-ink); }
.nbw-panel .widget-toggle-buttons .jupyter-button.mod-active { background: var(--p-soft); font-weight: 650; box-shadow: inset 0 -3px 0 var(--nbw-main); }
.nbw-panel > .widget-box.nbw-row { margin: 8px 0 4px; }
.nbw-panel .nbw-stale { opacity: .45; transition: opacity .15s; }
@container (max-width: 560px) {
  .nbw-panel .nbw-tabs > .widget-tab-contents, .nbw-panel .nbw-tabs > .jupyter-widget-tab-contents { padding: 12px 10px 14px; }
  .nbw-panel .jupyter-widget-tab.nbw-tabs > .lm-TabBar .lm-TabBar-tab { flex: 1 0 auto; min-width: 0; padding: 0 8px; }
  .nbw-panel .widget-inline-hbox:not(.widget-checkbox, .widget-html) { flex-flow: row wrap; width: 100% !important; height: auto; }
  .nbw-panel .widget-inline-hbox:not(.widget-checkbox, .widget-html) > .widget-label { width: 100% !important; }
  .nbw-panel .widget-inline-hbox:not(.widget-checkbox, .widget-html) > :not(.widget-label) { flex: 1 1 auto; min-height: 28px; }
  .nbw-panel .widget-checkbox { height: auto; }
  .nbw-panel .widget-checkbox .widget-label-basic { height: auto; white-space: normal; line-height: 1.4; }
  .nbw-panel .widget-toggle-buttons > div { display: flex; }
  .nbw-panel .widget-toggle-buttons .jupyter-button { width: auto; flex: 1 1 auto; }
  .nbw-panel .nbw-slide { grid-template-columns: 1fr auto; gap: 2px 12px; }
  .nbw-panel .nbw-slide input { grid-area: 2 / 1 / 3 / 3; }
  .nbw-panel .nbw-list { grid-template-columns: 1fr; gap: 0; }
  .nbw-panel .nbw-list dd { margin-bottom: 6px; }
  .nbw-panel .nbw-boxes > div { flex: 1 1 92px; }
  .nbw-panel .nbw-bar { max-width: 100%; }
  .nbw-panel .nbw-drawing { overflow-x: auto; }
  .nbw-panel .nbw-drawing svg { max-width: none; min-width: 520px; }
}
</style>
"""
"""Colours have names of the page's theme, with their own where there is none."""
