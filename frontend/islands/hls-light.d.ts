/** The light build of hls.js (no subtitles, no alternative audio, no DRM) has the interface of the full one. */
declare module "hls.js/light" {
  export { default } from "hls.js";
}
