// Starts Swagger UI. Nothing is kept in the browser: a reload signs out of this page.
"use strict";

window.ui = SwaggerUIBundle({
  url: "/api/v1/swagger.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
  withCredentials: false,
  requestInterceptor: (request) => {
    const value = request.headers.Authorization;
    if (value && !/^bearer /i.test(value)) {
      request.headers.Authorization = "Bearer " + value.trim();
    }
    return request;
  },
});
