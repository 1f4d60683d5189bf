/**
 * What is used of `jira.js`. The package is 47 MB, so the build puts these functions into this file's place in `dist` (scripts/build.js),
 * and nobody who installs whyslow installs it.
 */
export {
  addAttachment,
  addComment,
  createIssue,
  editIssue,
  getCommentProperty,
  getComments,
  getIssue,
  getIssueProperty,
  linkIssues,
  searchAndReconsileIssuesUsingJql,
  setIssueProperty,
  updateComment,
} from 'jira.js/cloud'
