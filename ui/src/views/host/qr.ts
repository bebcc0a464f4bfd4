// The code comes as an SVG document from below; shown as a picture it can neither run nor load anything.

export const qrSource = (svg: string): string => `data:image/svg+xml,${encodeURIComponent(svg)}`;
