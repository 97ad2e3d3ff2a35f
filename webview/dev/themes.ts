/** The `--vscode-*` variables that the panel uses, as VS Code's own themes set them, for looking at it outside VS Code. */

export type ThemeName = 'dark' | 'light' | 'hc-dark' | 'hc-light';
export interface Theme { readonly bodyClass: string; readonly kind: string; readonly variables: Readonly<Record<string, string>> }

const FONTS = { 'font-family': 'system-ui, "DejaVu Sans", sans-serif', 'font-size': '13px', 'font-weight': 'normal', 'editor-font-family': '"DejaVu Sans Mono", monospace' };

export const THEMES: Readonly<Record<ThemeName, Theme>> = {
  dark: {
    bodyClass: 'vscode-dark', kind: 'vscode-dark',
    variables: {
      ...FONTS, foreground: '#cccccc', descriptionForeground: '#9d9d9d', errorForeground: '#f85149', focusBorder: '#0078d4', 'editor-background': '#1f1f1f', 'editor-foreground': '#cccccc',
      'editorWidget-background': '#202020', 'editorWidget-border': '#313131', 'widget-border': '#313131', 'panel-border': '#2b2b2b', 'panelTitle-activeForeground': '#cccccc', 'panelTitle-inactiveForeground': '#9d9d9d', 'panelTitle-activeBorder': '#0078d4',
      'textLink-foreground': '#4daafc', 'textLink-activeForeground': '#4daafc', 'list-hoverBackground': '#2a2d2e', 'list-activeSelectionBackground': '#04395e', 'list-activeSelectionForeground': '#ffffff', 'progressBar-background': '#0078d4',
      'button-background': '#0078d4', 'button-foreground': '#ffffff', 'button-hoverBackground': '#026ec1', 'button-border': '#ffffff12', 'button-secondaryBackground': '#313131', 'button-secondaryForeground': '#cccccc', 'button-secondaryHoverBackground': '#3c3c3c',
      'dropdown-background': '#313131', 'dropdown-foreground': '#cccccc', 'dropdown-border': '#3c3c3c', 'settings-dropdownListBorder': '#454545', 'checkbox-background': '#313131', 'checkbox-border': '#3c3c3c', 'checkbox-foreground': '#cccccc', 'badge-background': '#616161', 'badge-foreground': '#f8f8f8',
      'inputValidation-errorBackground': '#5a1d1d', 'inputValidation-errorBorder': '#be1100', 'inputValidation-warningBackground': '#352a05', 'inputValidation-warningBorder': '#b89500', 'inputValidation-infoBackground': '#063b49', 'inputValidation-infoBorder': '#007acc',
      'charts-foreground': '#cccccc', 'charts-lines': '#cccccc80', 'charts-red': '#f14c4c', 'charts-blue': '#3794ff', 'charts-yellow': '#cca700', 'charts-orange': '#d18616', 'charts-green': '#89d185', 'charts-purple': '#b180d7',
      'toolbar-hoverBackground': '#5a5d5e50', 'scrollbarSlider-background': '#79797966',
    },
  },
  light: {
    bodyClass: 'vscode-light', kind: 'vscode-light',
    variables: {
      ...FONTS, foreground: '#3b3b3b', descriptionForeground: '#6b6b6b', errorForeground: '#f85149', focusBorder: '#005fb8', 'editor-background': '#ffffff', 'editor-foreground': '#3b3b3b',
      'editorWidget-background': '#f8f8f8', 'editorWidget-border': '#c8c8c8', 'widget-border': '#e5e5e5', 'panel-border': '#e5e5e5', 'panelTitle-activeForeground': '#3b3b3b', 'panelTitle-inactiveForeground': '#6b6b6b', 'panelTitle-activeBorder': '#005fb8',
      'textLink-foreground': '#005fb8', 'textLink-activeForeground': '#005fb8', 'list-hoverBackground': '#f2f2f2', 'list-activeSelectionBackground': '#e8e8e8', 'list-activeSelectionForeground': '#000000', 'progressBar-background': '#005fb8',
      'button-background': '#005fb8', 'button-foreground': '#ffffff', 'button-hoverBackground': '#0258a8', 'button-border': '#0000001a', 'button-secondaryBackground': '#e5e5e5', 'button-secondaryForeground': '#3b3b3b', 'button-secondaryHoverBackground': '#cccccc',
      'dropdown-background': '#ffffff', 'dropdown-foreground': '#3b3b3b', 'dropdown-border': '#cecece', 'settings-dropdownListBorder': '#e5e5e5', 'checkbox-background': '#f8f8f8', 'checkbox-border': '#cecece', 'checkbox-foreground': '#3b3b3b', 'badge-background': '#cccccc', 'badge-foreground': '#3b3b3b',
      'inputValidation-errorBackground': '#f2dede', 'inputValidation-errorBorder': '#be1100', 'inputValidation-warningBackground': '#f6f5d2', 'inputValidation-warningBorder': '#b89500', 'inputValidation-infoBackground': '#d6ecf2', 'inputValidation-infoBorder': '#007acc',
      'charts-foreground': '#3b3b3b', 'charts-lines': '#3b3b3b80', 'charts-red': '#e51400', 'charts-blue': '#1a85ff', 'charts-yellow': '#bf8803', 'charts-orange': '#d18616', 'charts-green': '#388a34', 'charts-purple': '#652d90',
      'toolbar-hoverBackground': '#b8b8b850', 'scrollbarSlider-background': '#64646466',
    },
  },
  'hc-dark': {
    bodyClass: 'vscode-high-contrast', kind: 'vscode-high-contrast',
    variables: {
      ...FONTS, foreground: '#ffffff', descriptionForeground: '#ffffffb3', errorForeground: '#f48771', focusBorder: '#f38518', contrastBorder: '#6fc3df', contrastActiveBorder: '#f38518', 'editor-background': '#000000', 'editor-foreground': '#ffffff',
      'editorWidget-background': '#0c141f', 'editorWidget-border': '#6fc3df', 'panel-border': '#6fc3df', 'panelTitle-activeForeground': '#ffffff', 'panelTitle-inactiveForeground': '#ffffff', 'panelTitle-activeBorder': '#6fc3df',
      'textLink-foreground': '#21a6ff', 'textLink-activeForeground': '#21a6ff', 'list-hoverBackground': '#ffffff1a', 'progressBar-background': '#6fc3df',
      'button-foreground': '#ffffff', 'button-border': '#6fc3df', 'button-secondaryForeground': '#ffffff', 'button-background': '#000000',
      'dropdown-background': '#000000', 'dropdown-foreground': '#ffffff', 'dropdown-border': '#6fc3df', 'settings-dropdownListBorder': '#6fc3df', 'checkbox-background': '#000000', 'checkbox-border': '#6fc3df', 'checkbox-foreground': '#ffffff', 'badge-background': '#000000', 'badge-foreground': '#ffffff',
      'inputValidation-errorBackground': '#000000', 'inputValidation-errorBorder': '#6fc3df', 'inputValidation-warningBackground': '#000000', 'inputValidation-warningBorder': '#6fc3df', 'inputValidation-infoBackground': '#000000', 'inputValidation-infoBorder': '#6fc3df',
      'charts-foreground': '#ffffff', 'charts-lines': '#ffffff80', 'charts-red': '#f48771', 'charts-blue': '#59a4f9', 'charts-yellow': '#ffd370', 'charts-orange': '#f38518', 'charts-green': '#89d185', 'charts-purple': '#b180d7',
    },
  },
  'hc-light': {
    bodyClass: 'vscode-high-contrast-light', kind: 'vscode-high-contrast-light',
    variables: {
      ...FONTS, foreground: '#292929', descriptionForeground: '#292929b3', errorForeground: '#b5200d', focusBorder: '#006bbd', contrastBorder: '#0f4a85', contrastActiveBorder: '#006bbd', 'editor-background': '#ffffff', 'editor-foreground': '#292929',
      'editorWidget-background': '#ffffff', 'editorWidget-border': '#0f4a85', 'panel-border': '#0f4a85', 'panelTitle-activeForeground': '#292929', 'panelTitle-inactiveForeground': '#292929', 'panelTitle-activeBorder': '#b5200d',
      'textLink-foreground': '#0f4a85', 'textLink-activeForeground': '#0f4a85', 'list-hoverBackground': '#0f4a851a', 'progressBar-background': '#0f4a85',
      'button-background': '#0f4a85', 'button-foreground': '#ffffff', 'button-border': '#0f4a85', 'button-secondaryBackground': '#ffffff', 'button-secondaryForeground': '#292929',
      'dropdown-background': '#ffffff', 'dropdown-foreground': '#292929', 'dropdown-border': '#0f4a85', 'settings-dropdownListBorder': '#0f4a85', 'checkbox-background': '#ffffff', 'checkbox-border': '#0f4a85', 'checkbox-foreground': '#292929', 'badge-background': '#0f4a85', 'badge-foreground': '#ffffff',
      'inputValidation-errorBackground': '#ffffff', 'inputValidation-errorBorder': '#0f4a85', 'inputValidation-warningBackground': '#ffffff', 'inputValidation-warningBorder': '#0f4a85', 'inputValidation-infoBackground': '#ffffff', 'inputValidation-infoBorder': '#0f4a85',
      'charts-foreground': '#292929', 'charts-lines': '#29292980', 'charts-red': '#b5200d', 'charts-blue': '#0063d3', 'charts-yellow': '#895503', 'charts-orange': '#b15105', 'charts-green': '#374e06', 'charts-purple': '#652d90',
    },
  },
};
