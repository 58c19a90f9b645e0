/** Where the API is: "" for the origin the page came from. The server may write it into the page, or a build may fix it. */
export const apiURL = (
  document.querySelector<HTMLMetaElement>('meta[name="api-url"]')?.content ||
  (import.meta.env.REACT_APP_API_URL as string | undefined) ||
  ""
).replace(/\/+$/, "");
