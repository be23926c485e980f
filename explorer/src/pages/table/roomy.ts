/** Where there is room, all parts of the page begin open; elsewhere the one that has to be begun with. */
export const ROOMY = window.matchMedia("(min-width: 60rem)");
